namespace Anocir.Platform.Oci.Validation;

/// <summary>config.md, POSIX-platform hooks.</summary>
internal static class HookRules
{
    public static void Check(Hooks? hooks, Findings findings)
    {
        if (hooks is null) return;
        CheckList("hooks.prestart", hooks.Prestart, findings);
        CheckList("hooks.createRuntime", hooks.CreateRuntime, findings);
        CheckList("hooks.createContainer", hooks.CreateContainer, findings);
        CheckList("hooks.startContainer", hooks.StartContainer, findings);
        CheckList("hooks.poststart", hooks.Poststart, findings);
        CheckList("hooks.poststop", hooks.Poststop, findings);
    }

    private static void CheckList(string field, IReadOnlyList<Hook>? hooks, Findings findings)
    {
        hooks = findings.Items(field, hooks);
        for (var i = 0; i < hooks.Count; i++)
        {
            findings.AbsolutePath($"{field}[{i}].path", hooks[i].Path ?? "");
            findings.Strings($"{field}[{i}].args", hooks[i].Args);
            findings.Strings($"{field}[{i}].env", hooks[i].Env);
            if (hooks[i].Timeout is <= 0) findings.Fail($"{field}[{i}].timeout", $"must be greater than zero, not {hooks[i].Timeout}");
        }
    }
}
