namespace Anocir.Runtime.Tests.Fields;

/// <summary>A field that cannot be: one error that names it, and nothing is left, in the journal neither.</summary>
public sealed class BadFieldTests(RuntimeFixture runtime) : IClassFixture<RuntimeFixture>
{
    [SkippableTheory]
    [ClassData(typeof(BadFieldCases))]
    public void Bad_field_is_refused_by_name_and_leaves_nothing(string edits, string named)
    {
        runtime.RequireAnocir("other runtimes accept some of these, or say less");
        using var container = runtime.Container(c =>
        {
            foreach (var edit in edits.Split('\n'))
            {
                var parts = edit.Split(" = ", 2);
                c.Set(parts[0], parts[1]);
            }
        });
        var message = ErrorLine.MessageOf(container.Create().Exits(1));
        Assert.StartsWith("runc create failed: ", message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.Empty(runtime.LeftOf(container.Id));
        // What was begun may be told of, when it is told how it ended.
        var history = runtime.Call("history", container.Id);
        if (history.ExitCode == 0 && history.Output.Trim().Length > 0) Assert.Contains("failed", history.Output, StringComparison.Ordinal);
    }
}
