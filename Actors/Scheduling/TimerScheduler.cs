using System.Diagnostics;
using Akka.Actor;
using Akka.Configuration;
using Akka.Dispatch;
using Akka.Event;

namespace Anocir.Actors.Scheduling;

/// <summary>Akka's scheduler on the runtime's own timer queue: nothing ticks while nothing is due, and what is due is not rounded up to a tick.</summary>
/// <remarks>
/// The stock scheduler wakes a thread every tick-duration for ever, once anything was scheduled: at 10 ms that is what an idle supervisor would cost.
/// Bound by <c>akka.scheduler.implementation</c>. What is due runs on the thread pool, as a message or a short action.
/// </remarks>
public sealed class TimerScheduler(Config scheduler, ILoggingAdapter log) : SchedulerBase(scheduler, log), IDateTimeOffsetNowTimeProvider, IDisposable
{
    private volatile bool _stopped;

    public override TimeSpan MonotonicClock => TimeSpan.FromMilliseconds(Environment.TickCount64);

    public override TimeSpan HighResMonotonicClock => Stopwatch.GetElapsedTime(0);

    protected override DateTimeOffset TimeNow => DateTimeOffset.Now;

    /// <summary>Nothing scheduled so far happens any more.</summary>
    public void Dispose() => _stopped = true;

    protected override void InternalScheduleTellOnce(TimeSpan delay, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(delay, null, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleTellRepeatedly(TimeSpan initialDelay, TimeSpan interval, ICanTell receiver, object message, IActorRef sender, ICancelable cancelable) =>
        Schedule(initialDelay, interval, () => receiver.Tell(message, sender), cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, Action action, ICancelable cancelable) => Schedule(delay, null, action, cancelable);

    protected override void InternalScheduleOnce(TimeSpan delay, IRunnable action, ICancelable cancelable) => Schedule(delay, null, action.Run, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, Action action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action, cancelable);

    protected override void InternalScheduleRepeatedly(TimeSpan initialDelay, TimeSpan interval, IRunnable action, ICancelable cancelable) =>
        Schedule(initialDelay, interval, action.Run, cancelable);

    private void Schedule(TimeSpan delay, TimeSpan? interval, Action action, ICancelable? cancelable)
    {
        if (_stopped) throw new SchedulerException("cannot enqueue after timer shutdown");
        if (cancelable is { IsCancellationRequested: true }) return;
        _ = new Registration(this, delay, interval, action, cancelable);
    }

    /// <summary>One timer. The runtime's queue keeps it alive until it is disposed.</summary>
    private sealed class Registration : IDisposable
    {
        private readonly TimerScheduler _owner;
        private readonly TimeSpan? _interval;
        private readonly Action _action;
        private readonly Timer _timer;
        private readonly CancellationTokenRegistration _cancellation;

        internal Registration(TimerScheduler owner, TimeSpan delay, TimeSpan? interval, Action action, ICancelable? cancelable)
        {
            _owner = owner;
            _interval = interval;
            _action = action;
            _timer = new Timer(static state => ((Registration)state!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            // A time-out that is cancelled, as nearly all are, leaves nothing behind.
            if (cancelable is not null) _cancellation = cancelable.Token.UnsafeRegister(static state => ((Registration)state!)._timer.Dispose(), this);
            _timer.Change(Longest(delay), Timeout.InfiniteTimeSpan);
        }

        private void Fire()
        {
            if (_owner._stopped || _cancellation.Token.IsCancellationRequested)
            {
                Dispose();
                return;
            }

            try
            {
                _action();
            }
            catch (Exception e)
            {
                // As the stock scheduler: an action that fails is not run again, and the others go on.
                _owner.Log.Error(e, "Scheduled action {Action} failed", _action.Method.Name);
                Dispose();
                return;
            }

            if (_interval is { } interval) _timer.Change(Longest(interval), Timeout.InfiniteTimeSpan);
            else Dispose();
        }

        public void Dispose()
        {
            _timer.Dispose();
            _cancellation.Dispose();
        }

        // The runtime's timers end at about 49 days.
        private static TimeSpan Longest(TimeSpan delay) => delay.TotalMilliseconds <= uint.MaxValue - 2 ? delay : TimeSpan.FromMilliseconds(uint.MaxValue - 2);
    }
}
