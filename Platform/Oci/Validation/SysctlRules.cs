namespace Anocir.Platform.Oci.Validation;

/// <summary>/proc/sys is namespaced only in parts: a parameter is allowed when its own namespace belongs to the container.</summary>
internal static class SysctlRules
{
    private const string Field = "linux.sysctl";

    public static void Check(IReadOnlyDictionary<string, string>? sysctl, NamespaceSet namespaces, Findings findings)
    {
        if (sysctl is null) return;
        foreach (var (name, value) in sysctl)
        {
            if (SysctlName.RelativePath(name) is null) findings.Fail(Field, $"{Quoted.Text(name)} is not the name of a sysctl");
            if (value is null) findings.Fail(Field, $"sysctl {Quoted.Text(name)} must have a string as its value, not null");
            if (value.Contains('\0')) findings.Fail(Field, $"value of sysctl {Quoted.Text(name)} contains a null byte");
            if (Refusal(SysctlName.Dotted(name), namespaces) is { } refusal) findings.Fail(Field, refusal);
        }
    }

    private static string? Refusal(string name, NamespaceSet namespaces)
    {
        if (IsIpc(name)) return namespaces.Has("ipc") ? null : $"sysctl {Quoted.Text(name)} is not allowed in the hosts ipc namespace";
        if (name.StartsWith("net.", StringComparison.Ordinal))
        {
            return namespaces.Has("network") ? null : $"sysctl {Quoted.Text(name)} not allowed in host network namespace";
        }
        if (namespaces.Has("uts"))
        {
            if (name == "kernel.domainname") return null;
            if (name == "kernel.hostname") return $"sysctl {Quoted.Text(name)} is not allowed as it conflicts with the OCI \"hostname\" field";
        }
        if (name.StartsWith("user.", StringComparison.Ordinal))
        {
            return namespaces.Has("user") ? null : $"setting ucounts without a user namespace not allowed: {Quoted.Text(name)}";
        }
        return $"sysctl {Quoted.Text(name)} is not in a separate kernel namespace";
    }

    private static bool IsIpc(string name) =>
        name is "kernel.msgmax" or "kernel.msgmnb" or "kernel.msgmni" or "kernel.sem" or "kernel.shmall" or "kernel.shmmax"
            or "kernel.shmmni" or "kernel.shm_rmid_forced"
        || name.StartsWith("fs.mqueue.", StringComparison.Ordinal);
}
