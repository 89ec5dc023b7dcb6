using Akka.Actor;
using Akka.Event;

namespace Anocir.Supervisor.Composition;

/// <summary>Closes the descriptors of messages whose receiver has ended: a caller may be killed while its order is on the way to it.</summary>
internal sealed class UndeliveredMessages : UntypedActor
{
    public static Props Props() => Akka.Actor.Props.Create<UndeliveredMessages>();

    protected override void PreStart() => Context.System.EventStream.Subscribe(Self, typeof(DeadLetter));

    protected override void PostStop() => Context.System.EventStream.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        if (message is not DeadLetter letter)
        {
            Unhandled(message);
            return;
        }

        (letter.Message as IDisposable)?.Dispose();
    }
}
