using Anocir.Actors.Tests.Consoles;
using Anocir.Platform.Syscalls;
using Anocir.Platform.Waiting;
using Xunit;

namespace Anocir.Actors.Tests.Waiting;

public sealed class ReactorTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Reactor _reactor = new();
    private readonly Pipe _pipe = Pipe.New();

    public void Dispose()
    {
        _reactor.Dispose();
        _pipe.Dispose();
    }

    [Fact]
    public async Task Descriptor_that_is_ready_or_gets_ready_is_told_of()
    {
        Assert.Equal(ReactorEvents.Writable, await NextAsync(_pipe.Write, ReactorEvents.Writable));
        var readable = NextAsync(_pipe.Read, ReactorEvents.Readable);
        await PassAsync();
        Assert.False(readable.IsCompleted);
        Sys.WriteAll(_pipe.Write, [1], "pipe");
        Assert.Equal(ReactorEvents.Readable, await readable);
    }

    [Fact]
    public async Task End_of_the_other_side_is_told_of()
    {
        var ended = NextAsync(_pipe.Read, ReactorEvents.Readable);
        _pipe.Write.Dispose();
        Assert.True((await ended).HasFlag(ReactorEvents.HangUp));
    }

    [Fact]
    public async Task Watch_tells_once_and_can_be_renewed()
    {
        Sys.WriteAll(_pipe.Write, [1], "pipe");
        var count = 0;
        using (_reactor.Watch(_pipe.Read, ReactorEvents.Readable, _ => Interlocked.Increment(ref count)))
        {
            await PassAsync();
            await PassAsync();
            Assert.Equal(1, Volatile.Read(ref count));
        }

        Assert.Equal(ReactorEvents.Readable, await NextAsync(_pipe.Read, ReactorEvents.Readable));
    }

    [Fact]
    public async Task Watch_can_be_renewed_from_its_own_callback()
    {
        Sys.WriteAll(_pipe.Write, [1], "pipe");
        var count = 0;
        var done = new TaskCompletionSource();
        Again();
        await done.Task.WaitAsync(Patience);

        void Again() => _reactor.Watch(_pipe.Read, ReactorEvents.Readable, _ =>
        {
            if (++count == 1000) done.SetResult();
            else Again();
        });
    }

    [Fact]
    public async Task Disposed_watch_tells_nothing()
    {
        var count = 0;
        _reactor.Watch(_pipe.Read, ReactorEvents.Readable, _ => Interlocked.Increment(ref count)).Dispose();
        Sys.WriteAll(_pipe.Write, [1], "pipe");
        await PassAsync();
        Assert.Equal(0, Volatile.Read(ref count));
    }

    [Fact]
    public async Task Disposing_waits_for_a_callback_that_runs()
    {
        using var inside = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        var over = false;
        var watch = _reactor.Watch(_pipe.Write, ReactorEvents.Writable, _ =>
        {
            inside.Release();
            goOn.Wait();
            Volatile.Write(ref over, true);
        });
        Assert.True(await inside.WaitAsync(Patience));
        var disposing = Task.Run(() =>
        {
            watch.Dispose();
            return Volatile.Read(ref over);
        });
        goOn.Release();
        Assert.True(await disposing.WaitAsync(Patience));
    }

    [Fact]
    public async Task Watch_can_be_disposed_in_its_callback()
    {
        IDisposable? watch = null;
        var done = new TaskCompletionSource();
        using var begun = new SemaphoreSlim(0);
        watch = _reactor.Watch(_pipe.Read, ReactorEvents.Readable, _ =>
        {
            begun.Wait();
            watch!.Dispose();
            done.SetResult();
        });
        Sys.WriteAll(_pipe.Write, [1], "pipe");
        begun.Release();
        await done.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Disposing_of_a_watch_that_has_told_does_not_end_the_next_one()
    {
        var first = new TaskCompletionSource();
        var watch = _reactor.Watch(_pipe.Write, ReactorEvents.Writable, _ => first.SetResult());
        await first.Task.WaitAsync(Patience);
        var second = new TaskCompletionSource();
        Sys.WriteAll(_pipe.Write, new byte[65536], "pipe");
        using var next = _reactor.Watch(_pipe.Write, ReactorEvents.Writable, _ => second.SetResult());
        watch.Dispose();
        watch.Dispose();
        Sys.Read(_pipe.Read, new byte[65536], "pipe");
        await second.Task.WaitAsync(Patience);
    }

    [Fact]
    public async Task Second_watch_of_a_descriptor_is_refused_and_the_first_one_goes_on()
    {
        var first = NextAsync(_pipe.Read, ReactorEvents.Readable);
        Assert.Throws<InvalidOperationException>(() => _reactor.Watch(_pipe.Read, ReactorEvents.Readable, _ => { }));
        Sys.WriteAll(_pipe.Write, [1], "pipe");
        await first;
    }

    [Fact]
    public async Task Duplicate_of_a_watched_descriptor_is_told_of_too()
    {
        using var duplicate = Sys.Duplicate(_pipe.Read);
        var first = NextAsync(_pipe.Read, ReactorEvents.Readable);
        var second = NextAsync(duplicate, ReactorEvents.Readable);
        Sys.WriteAll(_pipe.Write, [1], "pipe");
        await first;
        await second;
    }

    [Fact]
    public void Closed_descriptor_is_refused()
    {
        var closed = Sys.Duplicate(_pipe.Read);
        closed.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _reactor.Watch(closed, ReactorEvents.Readable, _ => { }));
    }

    [Fact]
    public async Task Number_that_is_used_again_is_a_descriptor_of_its_own()
    {
        for (var i = 0; i < 100; i++)
        {
            using var pipe = Pipe.New();
            var watch = _reactor.Watch(pipe.Read, ReactorEvents.Readable, _ => Assert.Fail("told of nothing"));
            // As a bug would: closed before its watch is disposed of.
            pipe.Read.Dispose();
            using var next = Pipe.New();
            var told = NextAsync(next.Read, ReactorEvents.Readable);
            watch.Dispose();
            Sys.WriteAll(next.Write, [1], "pipe");
            await told;
        }
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/etc/passwd")]
    [InlineData("/")]
    public void What_is_always_ready_is_refused_by_the_kernels_errno(string path)
    {
        using var file = Sys.Open(path, Sys.ORdOnly);
        Assert.Equal(Errno.EPERM, Assert.Throws<SyscallException>(() => _reactor.Watch(file, ReactorEvents.Readable, _ => { })).Errno);
    }

    [Fact]
    public async Task Many_descriptors_are_all_told_of()
    {
        var pipes = Enumerable.Range(0, 300).Select(_ => Pipe.New()).ToList();
        var told = pipes.ConvertAll(pipe => NextAsync(pipe.Read, ReactorEvents.Readable));
        await Parallel.ForEachAsync(pipes, (pipe, _) =>
        {
            Sys.WriteAll(pipe.Write, [1], "pipe");
            return ValueTask.CompletedTask;
        });
        await Task.WhenAll(told).WaitAsync(Patience);
        foreach (var pipe in pipes) pipe.Dispose();
    }

    [Fact]
    public async Task Watches_that_come_and_go_on_many_threads_are_told_of_or_not_at_all()
    {
        await Parallel.ForAsync(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, (i, _) =>
        {
            using var pipe = Pipe.New();
            var closed = false;
            var late = false;
            var watch = _reactor.Watch(pipe.Read, ReactorEvents.Readable, _ => late |= Volatile.Read(ref closed));
            Sys.WriteAll(pipe.Write, [1], "pipe");
            watch.Dispose();
            Volatile.Write(ref closed, true);
            Assert.False(late);
            return ValueTask.CompletedTask;
        });
        await PassAsync();
    }

    private async Task<ReactorEvents> NextAsync(FdHandle file, ReactorEvents events)
    {
        var told = new TaskCompletionSource<ReactorEvents>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watch = _reactor.Watch(file, events, told.SetResult);
        return await told.Task.WaitAsync(Patience);
    }

    /// <summary>Everything that was ready before has been told of.</summary>
    private async Task PassAsync()
    {
        using var pipe = Pipe.New();
        await NextAsync(pipe.Write, ReactorEvents.Writable);
    }
}
