using System.Globalization;
using Anocir.Platform.Ipc;
using Anocir.Platform.Syscalls;

namespace Anocir.Platform.Processes;

/// <summary>The session keyring of a container, so that it does not inherit its caller's.</summary>
/// <param name="Name">"_ses.ID"; an exec joins the one its container's init made.</param>
/// <param name="AddPermissions">Bits of keyctl_setperm(3) to add, or null to leave the permissions.</param>
public sealed record KeyringPlan(string Name, uint? AddPermissions)
{
    /// <summary>Search by its owner.</summary>
    public const uint OwnerSearch = 0x0008_0000;

    /// <summary>Search by others: inside a user namespace the owner is not the one outside.</summary>
    public const uint OtherSearch = 0x0000_0008;

    internal void Apply(Action<string> warn)
    {
        var key = ProcessCalls.JoinSessionKeyring(Name);
        if (key == -Errno.ENOSYS)
        {
            // A kernel without keyrings has none to inherit.
            warn("this kernel has no keyrings, the container has no session keyring of its own");
            return;
        }

        if (key < 0) throw new SyscallException($"unable to join session keyring {Name}", -key);
        if (AddPermissions is not { } added) return;
        var description = ProcessCalls.DescribeKey(key, out var errno)?.Split(';');
        if (description is null || description.Length < 5
            || !uint.TryParse(description[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var permissions))
            throw new SyscallException($"describe session keyring {Name}", errno == 0 ? Errno.EINVAL : errno);
        errno = ProcessCalls.SetKeyPermissions(key, permissions | added);
        if (errno != 0) throw new SyscallException($"set the permissions of session keyring {Name}", errno);
    }

    public void Write(WireWriter to) => to.String(Name).OptionalInt((int?)AddPermissions);

    public static KeyringPlan Read(WireReader from) => new(from.String(), (uint?)from.OptionalInt());
}
