using Anocir.Cli.Arguments;
using Anocir.Platform;
using Anocir.Platform.Diagnostics;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Terminals;

namespace Anocir.Cli.Client;

/// <summary>A connection to the supervisor that serves our namespaces, which is started when it is not there.</summary>
internal sealed class SupervisorClient : IDisposable
{
    /// <summary>Supervisors that may end over one request before its caller gives up: who kills them may have others in mind.</summary>
    internal const int Attempts = 10;

    private SupervisorClient(Channel channel) => Channel = channel;

    public Channel Channel { get; }

    /// <summary>Null when the supervisor that we started ended before we could connect.</summary>
    private static SupervisorClient? TryConnect()
    {
        var path = SupervisorSocket.Path;
        var socket = UnixSocket.TryConnect(path, out var errno) ?? SupervisorStarter.TryStartAndConnect(path, errno);
        if (socket is null) return null;
        var channel = new Channel(socket);
        // Never speak to a socket that somebody else put there.
        var (_, uid) = channel.Peer();
        if (uid != 0 && uid != Libc.geteuid())
        {
            channel.Dispose();
            throw new ContainerException($"connect to {path}: its listener runs as uid {uid}, which is neither root nor us");
        }

        PhaseTrace.Mark("connected");
        return new SupervisorClient(channel);
    }

    /// <summary>Sends the request and returns the first frame that answers it; starts over when the supervisor died over it, or is not ours.</summary>
    public static (SupervisorClient Client, Frame Reply) Ask(Request request, params FdHandle[] descriptors)
    {
        // A supervisor that dies is replaced by the next call; when none lives long enough to answer this request, that is told.
        for (var attempt = 1; ; attempt++)
        {
            var client = TryConnect();
            if (client is null)
            {
                if (attempt < Attempts) continue;
                throw new ContainerException($"the supervisor ends as soon as it is started; {RuntimeDirectory.Path}/supervisor.log says why");
            }

            var reply = client.Channel.Send(FrameKind.Request, request.Write(new WireWriter()), descriptors) ? client.Channel.Receive() : null;
            if (reply is { Kind: FrameKind.WrongSupervisor })
            {
                var name = reply.Reader().String();
                // No name: a supervisor of another build, which ends to make way. The end of the connection says that it has.
                if (name.Length > 0) SupervisorSocket.Redirect(name);
                else client.Channel.Receive()?.Dispose();
                client.Dispose();
                // Where systemd listens, the supervisor that follows may be of the same other build.
                if (attempt >= 5) throw new ContainerException($"the supervisor at {SupervisorSocket.Path} is of another build and is always replaced by its like");
                continue;
            }

            if (reply is not null) return (client, reply);
            client.Dispose();
            if (attempt >= Attempts) throw new ContainerException("the supervisor ended before it answered; its log says why");
        }
    }

    /// <summary>The master of the foreground container's terminal, once the supervisor has sent it; null where there is none.</summary>
    public FdHandle? Console { get; private set; }

    private readonly FdHandle _terminal = Sys.Borrow(0);
    private RawMode? _rawMode;

    /// <summary>The answer to a creation, which a terminal's master may precede; null when the supervisor is gone.</summary>
    /// <remarks>From the master on, our own terminal is raw, until we are disposed of: the program may print before the answer comes.</remarks>
    public Frame? ReceiveAnswer()
    {
        while (true)
        {
            var frame = Channel.Receive();
            if (frame is not { Kind: FrameKind.Console }) return frame;
            using (frame) Console = frame.Claim(0);
            _rawMode ??= RawMode.Enter(_terminal);
            // The relay waits for it.
            var size = WindowSize.Of(_terminal);
            Channel.Send(FrameKind.Resize, new WireWriter().Int(size?.Rows ?? 0).Int(size?.Columns ?? 0));
        }
    }

    /// <summary>Waits until the supervisor has deleted the container that it was asked to delete at its exit.</summary>
    /// <returns>False when nobody does: it has a terminal, or the supervisor is gone.</returns>
    public bool AwaitDeletion()
    {
        if (Console is not null || Channel.Receive() is not { } reply) return false;
        ReadAnswer(reply);
        return true;
    }

    /// <summary>A request that is answered at once: prints the output; a failure is an exception.</summary>
    /// <param name="log">For warnings; null where none can come.</param>
    public static int Call(Request request, Log? log = null)
    {
        var (client, reply) = Ask(request);
        using (client)
        {
            var answer = ReadAnswer(reply);
            foreach (var warning in answer.Warnings) log?.Warning(warning);
            Standard.Output(answer.Output);
            return 0;
        }
    }

    /// <exception cref="ContainerException">With the supervisor's own words.</exception>
    public static Answer ReadAnswer(Frame? reply)
    {
        if (reply is null) throw new ContainerException("the supervisor ended before it answered; its log says why");
        using (reply)
        {
            if (reply.Kind != FrameKind.Answer) throw new InvalidDataException($"the supervisor sent {reply.Kind} where an answer belongs");
            var answer = Answer.Read(reply.Reader());
            return answer.Error is null ? answer : throw new ContainerException(answer.Error);
        }
    }

    public static Request NewRequest(Verb verb, GlobalOptions global, string id = "") => new()
    {
        Build = OwnBuild(),
        Verb = verb,
        Operation = Guid.NewGuid().ToString("N"),
        Root = global.Root,
        Id = id,
    };

    private static string OwnBuild()
    {
        using var file = Sys.Open("/proc/self/exe", Sys.OPath);
        return Build.IdentityOf(file);
    }

    public void Dispose()
    {
        _rawMode?.Dispose();
        _terminal.Dispose();
        Console?.Dispose();
        Channel.Dispose();
    }
}
