using System.Text;
using Anocir.Cli.Commands;
using Anocir.Platform;

namespace Anocir.Cli.Arguments;

/// <summary>Help texts in the form of runc's, whose first lines its users' scripts read.</summary>
internal static class Help
{
    public const string Program = "anocir";

    /// <summary>The lines that Docker, containerd and Podman look for: a "runc version", a commit, a spec.</summary>
    public static string Version() => $"runc version {Build.Version}+anocir\ncommit: {Build.Commit}\nspec: {Build.SpecVersion}\n";

    public static string Overview()
    {
        var text = new StringBuilder();
        text.Append($"NAME:\n   {Program} - Open Container Initiative runtime\n\n");
        text.Append($"{Program} runs containers packaged as OCI bundles: a directory with a config.json and a\n");
        text.Append("root filesystem. It takes runc's commands and flags. Behind it stands a supervisor,\n");
        text.Append("in which every container is an actor; it is started when it is not there.\n\n");
        text.Append($"    # {Program} run [ -b bundle ] <container-id>\n\n");
        text.Append($"USAGE:\n   {Program} [global options] command [command options] [arguments...]\n\n");
        text.Append($"VERSION:\n   {Build.Version}\nspec: {Build.SpecVersion}\n\nCOMMANDS:\n");
        var commands = CommandTable.All.Where(c => !c.Hidden).ToList();
        var width = commands.Max(c => c.Name.Length);
        foreach (var command in commands) text.Append($"   {command.Name.PadRight(width)}  {command.Summary}\n");
        text.Append("\nGLOBAL OPTIONS:\n");
        AppendOptions(text, GlobalOptions.All);
        return text.ToString();
    }

    public static string Of(Command command)
    {
        var text = new StringBuilder();
        text.Append($"NAME:\n   {Program} {command.Name} - {command.Summary}\n\n");
        var options = command.Options.Count > 0 ? "[command options] " : "";
        text.Append($"USAGE:\n   {Program} {command.Name} {options}{command.Positionals}\n");
        if (command.Description.Length > 0) text.Append($"\nDESCRIPTION:\n{command.Description}\n");
        if (command.Options.Count > 0)
        {
            text.Append("\nOPTIONS:\n");
            AppendOptions(text, command.Options);
        }

        return text.ToString();
    }

    private static void AppendOptions(StringBuilder text, IReadOnlyList<Option> options)
    {
        var rows = options.Where(o => !o.Hidden).Select(o => (Form: Form(o), o.Help)).ToList();
        var width = rows.Max(r => r.Form.Length);
        foreach (var (form, help) in rows) text.Append($"   {form.PadRight(width)}  {help}\n");
    }

    private static string Form(Option option)
    {
        var value = option.Value is null ? "" : " " + option.Value;
        return option.Short == '\0' ? $"--{option.Name}{value}" : $"--{option.Name}{value}, -{option.Short}{value}";
    }
}
