namespace Anocir.Platform.Criu;

/// <summary>criu_resp of CRIU's rpc.proto: a notification, which wants an answer, or the outcome.</summary>
public sealed record CriuResponse
{
    public CriuRequestType Type { get; private init; }
    public bool Success { get; private init; }
    /// <summary>An errno where CRIU gives one.</summary>
    public int Errno { get; private init; }
    public string? Message { get; private init; }
    /// <summary>Notify: what is about to happen, or has: <c>setup-namespaces</c>, <c>post-restore</c>.</summary>
    public string Script { get; private init; } = "";
    /// <summary>Notify and restore: init of the container.</summary>
    public int Pid { get; private init; }
    /// <summary>Version: 31701 is 3.17.1.</summary>
    public int Version { get; private init; }
    /// <summary>FeatureCheck: the kernel tells which pages have changed.</summary>
    public bool TracksMemory { get; private init; }
    /// <summary>FeatureCheck: pages can be brought when they are touched.</summary>
    public bool HasLazyPages { get; private init; }

    /// <exception cref="InvalidDataException">It is no such message.</exception>
    public static CriuResponse Read(ReadOnlyMemory<byte> bytes)
    {
        var response = new CriuResponse();
        for (var r = new ProtoReader(bytes); r.Next();)
        {
            response = r.Field switch
            {
                1 => response with { Type = (CriuRequestType)r.Number },
                2 => response with { Success = r.Number != 0 },
                4 => response with { Pid = Numbers(r.Bytes, 1)[0] },
                5 => ReadNotification(response, r.Bytes),
                7 => response with { Errno = (int)r.Number },
                8 => response with { TracksMemory = Numbers(r.Bytes, 2) is [not 0, _], HasLazyPages = Numbers(r.Bytes, 2) is [_, not 0] },
                9 => response with { Message = r.Text },
                10 => response with { Version = ReadVersion(r.Bytes) },
                _ => response,
            };
        }

        return response;
    }

    private static CriuResponse ReadNotification(CriuResponse response, ReadOnlyMemory<byte> bytes)
    {
        for (var r = new ProtoReader(bytes); r.Next();)
        {
            if (r.Field == 1) response = response with { Script = r.Text };
            if (r.Field == 2) response = response with { Pid = (int)r.Number };
        }

        return response;
    }

    private static int ReadVersion(ReadOnlyMemory<byte> bytes) => Numbers(bytes, 4) is [var major, var minor, _, var sublevel] ? major * 10000 + minor * 100 + sublevel : 0;

    /// <summary>Fields 1 to count, where they are numbers; 0 where they are not there.</summary>
    private static int[] Numbers(ReadOnlyMemory<byte> bytes, int count)
    {
        var numbers = new int[count];
        for (var r = new ProtoReader(bytes); r.Next();)
        {
            if (r.Field >= 1 && r.Field <= count) numbers[r.Field - 1] = (int)r.Number;
        }

        return numbers;
    }
}
