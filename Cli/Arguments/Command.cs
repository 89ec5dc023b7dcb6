namespace Anocir.Cli.Arguments;

/// <summary>One verb of the command line.</summary>
internal abstract class Command
{
    public abstract string Name { get; }
    public abstract string Summary { get; }
    /// <summary>What stands behind the options in the usage line.</summary>
    public virtual string Positionals => "<container-id>";
    public virtual string Description => "";
    public virtual IReadOnlyList<Option> Options => [];
    public virtual int LeastPositionals => 1;
    public virtual int MostPositionals => 1;
    public virtual bool StopAtPositional => false;
    public virtual bool Hidden => false;

    /// <summary>What an error text begins with: "runc create failed: " where engines know it so, else nothing.</summary>
    public virtual string ErrorPrefix => "";

    /// <summary>Exit code of a failure.</summary>
    public virtual int FailureCode => 1;

    /// <summary>Does it. Returns the exit code; a failure is an exception.</summary>
    public abstract int Run(ParsedArguments arguments, GlobalOptions global);

    public void CheckPositionals(ParsedArguments arguments)
    {
        var count = arguments.Positionals.Count;
        if (LeastPositionals == MostPositionals && count != LeastPositionals)
            throw new UsageException($"{Help.Program}: \"{Name}\" requires exactly {LeastPositionals} argument(s)");
        if (count < LeastPositionals) throw new UsageException($"{Help.Program}: \"{Name}\" requires a minimum of {LeastPositionals} argument(s)");
        if (count > MostPositionals) throw new UsageException($"{Help.Program}: \"{Name}\" requires a maximum of {MostPositionals} argument(s)");
    }
}
