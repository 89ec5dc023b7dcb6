using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Systemd;

/// <summary>
/// A manager of systemd (org.freedesktop.systemd1(5)): the system's, or a user's. Methods may be called from any thread and block none.
/// A connection that ends on the way, as at <c>systemctl daemon-reexec</c>, is made again.
/// </summary>
public sealed class SystemdManager
{
    private const string Path = "/org/freedesktop/systemd1";
    private const string Interface = "org.freedesktop.systemd1.Manager";
    private const int Attempts = 6;

    private readonly BusConnection _bus;
    private readonly TimeSpan _jobLimit;
    private readonly Lock _lock = new();
    private Task<SystemdFacts>? _facts;

    private SystemdManager(Func<IReadOnlyList<BusAddress>> addresses, bool isUsers, TimeSpan jobLimit)
    {
        _bus = new BusConnection(addresses);
        IsUsers = isUsers;
        _jobLimit = jobLimit;
    }

    /// <summary>A user's manager, which can neither restrict devices nor do more than was delegated to it.</summary>
    public bool IsUsers { get; }

    /// <summary>
    /// The system's for root, the user's for everybody else; root of a user namespace is somebody else if that somebody's manager is
    /// there. Nothing is connected yet.
    /// </summary>
    /// <param name="jobLimit">How long a unit may take to start or stop.</param>
    public static SystemdManager ForThisProcess(TimeSpan jobLimit)
    {
        var uid = Sys.EffectiveUser();
        var isUsers = uid != 0 || (InUserNamespace() && BusAddress.FindUser(Environment.GetEnvironmentVariable, File.Exists, uid).Count > 0);
        return isUsers
            ? new SystemdManager(() => BusAddress.User(Environment.GetEnvironmentVariable, File.Exists, uid), isUsers: true, jobLimit)
            : new SystemdManager(() => BusAddress.System, isUsers: false, jobLimit);
    }

    private static bool InUserNamespace() => !KernelFile.Read("/proc/self/uid_map").TrimEnd().EndsWith(" 4294967295", StringComparison.Ordinal);

    /// <summary>What is asked once, and again only when it could not be answered.</summary>
    internal Task<SystemdFacts> Facts()
    {
        lock (_lock)
        {
            if (_facts is null or { IsFaulted: true } or { IsCanceled: true }) _facts = Ask();
            return _facts;
        }
    }

    /// <summary>Starts a transient unit, and waits until it has.</summary>
    /// <param name="unit">"docker-1234.scope"</param>
    /// <param name="properties">In the order they are set.</param>
    /// <param name="isDone">Tells by other means whether it has started: asked when a connection ended before the answer.</param>
    /// <exception cref="BusException">systemd refuses.</exception>
    /// <exception cref="ContainerException">The job failed, or systemd is silent.</exception>
    internal async Task Start(string unit, IReadOnlyList<UnitProperty> properties, Func<bool> isDone)
    {
        var array = BusValue.Array("(sv)", properties.Select(p => BusValue.Struct(BusValue.String(p.Name), BusValue.Variant(p.Value))));
        BusValue[] arguments = [BusValue.String(unit), BusValue.String("replace"), array, BusValue.Array("(sa(sv))", [])];
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var result = await Call("StartTransientUnit", arguments, "o").ConfigureAwait(false);
                if (result == "done" || isDone()) return;
                throw new ContainerException($"systemd cgroup driver: error creating systemd unit `{unit}`: got `{result}`");
            }
            catch (BusException e) when (attempt == 0 && e.Name == BusException.UnitExists)
            {
                if (isDone()) return;
                // One of that name that has failed stays until it is told to go.
                await ResetFailed(unit).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Stops a unit, and waits until it has. One that is gone is not missed.</summary>
    /// <exception cref="BusException">systemd refuses, or cannot be reached.</exception>
    /// <exception cref="ContainerException">systemd is silent.</exception>
    internal async Task Stop(string unit)
    {
        try
        {
            await Call("StopUnit", [BusValue.String(unit), BusValue.String("replace")], "o").ConfigureAwait(false);
        }
        catch (BusException e) when (e.Name == BusException.NoSuchUnit)
        {
            return;
        }

        await ResetFailed(unit).ConfigureAwait(false);
    }

    /// <summary>Lets a failed unit go. One that is gone, or has not failed, is not missed.</summary>
    internal async Task ResetFailed(string unit)
    {
        try
        {
            await Call("ResetFailedUnit", [BusValue.String(unit)]).ConfigureAwait(false);
        }
        catch (BusException e) when (!e.IsDisconnected)
        {
            // Gone meanwhile.
        }
    }

    /// <summary>Changes properties of a running unit until it stops (systemctl set-property --runtime).</summary>
    /// <exception cref="BusException">systemd refuses.</exception>
    internal Task Set(string unit, IReadOnlyList<UnitProperty> properties)
    {
        var array = BusValue.Array("(sv)", properties.Select(p => BusValue.Struct(BusValue.String(p.Name), BusValue.Variant(p.Value))));
        return Call("SetUnitProperties", [BusValue.String(unit), BusValue.Bool(true), array]);
    }

    private async Task<SystemdFacts> Ask()
    {
        var version = Property("Version");
        var group = await Property("ControlGroup").ConfigureAwait(false);
        return new SystemdFacts(SystemdFacts.ParseVersion(await version.ConfigureAwait(false)), group);
    }

    private Task<string> Property(string name) =>
        Repeat(() => new BusCall(Path, "org.freedesktop.DBus.Properties", "Get", [BusValue.String(Interface), BusValue.String(name)], "v") { Deadline = Deadline() });

    private Task<string> Call(string member, IReadOnlyList<BusValue> arguments, string answer = "") =>
        Repeat(() => new BusCall(Path, Interface, member, arguments, answer) { Deadline = Deadline() });

    private long Deadline() => Environment.TickCount64 + (long)_jobLimit.TotalMilliseconds;

    private async Task<string> Repeat(Func<BusCall> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await _bus.Call(call()).ConfigureAwait(false);
            }
            catch (BusException e) when (e.IsDisconnected && attempt < Attempts)
            {
                // systemd that executes itself anew is back after some tenths of a second.
                await Task.Delay(TimeSpan.FromMilliseconds(50 << attempt)).ConfigureAwait(false);
            }
        }
    }
}
