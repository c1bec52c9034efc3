//! The command line: names, flags, help.

use clap::{Args, Parser, Subcommand};
use model::{DuplicatePolicy, PolicyKind, Role};
use std::path::PathBuf;

/// Distributes leads: in by file and API, fairly out to the agents who work them.
#[derive(Debug, Parser)]
#[command(name = "fairlead", version, about, max_term_width = 100, propagate_version = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Global {
    /// sqlite://PATH or postgres://USER:PASSWORD@HOST/DATABASE [default: sqlite://./data/fairlead.db]
    #[arg(long, global = true, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) database_url: Option<String>,
    /// A configuration file (TOML); `fairlead serve --print-config` prints the reference
    #[arg(long, global = true, env = "FAIRLEAD_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The organisation, by its short name [default: the first]
    #[arg(long, global = true, value_name = "SLUG")]
    pub(crate) org: Option<String>,
    /// Print one JSON object, for scripts
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try everything: a fresh database, sample agents and leads, a fair distribution, a running server
    Demo(Demo),
    /// Run the server
    Serve(Serve),
    /// Bring the database to the newest schema
    Migrate,
    /// Verify every invariant against the data
    Check,
    /// People who may come in
    #[command(subcommand)]
    User(User),
    /// Keys for programs
    #[command(subcommand)]
    Token(Token),
    /// Read a file of leads into a source
    Import(Import),
    /// Give waiting leads to agents
    Assign(Assign),
    /// Watch sources, agents and turns
    Monitor(Monitor),
    /// Say why a lead went where it went, or why it waits
    Explain(Explain),
    /// Events: see that they arrive
    #[command(subcommand)]
    Events(Events),
    /// Try a policy without changing anything
    #[command(subcommand)]
    Simulate(Simulate),
}

impl Command {
    /// It runs until it is told to stop.
    pub(crate) fn serves(&self) -> bool {
        matches!(self, Self::Serve(_))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// A lead file of your own (CSV, XLSX, …) instead of the sample
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Keep the database in this folder instead of a temporary one
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Stop after the summary
    #[arg(long)]
    pub(crate) exit: bool,
    /// No stream of new leads while it serves
    #[arg(long)]
    pub(crate) quiet: bool,
    /// Where to listen [default: 127.0.0.1:8080, or a free port if that is taken]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen; port 0 picks a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// NATS, where nodes that share a PostgreSQL wake each other: nats://HOST:PORT
    #[arg(long, value_name = "URL")]
    pub(crate) nats_url: Option<String>,
    /// Print the commented reference of all settings, and stop
    #[arg(long)]
    pub(crate) print_config: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Add a user; the password is read from stdin and may be empty (no password)
    Add(UserAdd),
    /// Make a link that signs a user in once, within 15 minutes; it is printed alone on the last line
    Link(UserLink),
}

#[derive(Debug, Args)]
pub(crate) struct UserAdd {
    /// E-mail address
    #[arg(long)]
    pub(crate) email: String,
    /// admin, manager, agent or provider
    #[arg(long)]
    pub(crate) role: Role,
    /// Name [default: the e-mail's first part]
    #[arg(long)]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct UserLink {
    /// E-mail address
    #[arg(long)]
    pub(crate) email: String,
    /// To choose a new password instead of signing in
    #[arg(long)]
    pub(crate) reset: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token for a user; it is printed once, alone on the last line
    Create(TokenCreate),
}

#[derive(Debug, Args)]
pub(crate) struct TokenCreate {
    /// The user whose rights it has
    #[arg(long)]
    pub(crate) email: String,
    /// What it is for
    #[arg(long)]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// CSV, TSV, `;` or `|` separated, XLSX, XLS, ODS
    pub(crate) file: PathBuf,
    /// Where the leads come from; created when it does not exist
    #[arg(long, value_name = "NAME")]
    pub(crate) source: String,
    /// What a column means, by its header or number, e.g. "Tel. privat=phone"; may be repeated
    #[arg(long = "map", value_name = "COLUMN=FIELD")]
    pub(crate) mapping: Vec<String>,
    /// Show format, columns, first rows and what would be rejected; store nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Leave the leads waiting: until a run, or until auto-assign of the source next looks
    #[arg(long)]
    pub(crate) no_assign: bool,
    /// skip, update or keep leads that are known already [default: as the organisation says]
    #[arg(long, value_name = "POLICY")]
    pub(crate) duplicates: Option<DuplicatePolicy>,
    /// Write rejected rows with their reasons to this CSV file
    #[arg(long, value_name = "FILE")]
    pub(crate) errors: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Assign {
    /// The source
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) source: Option<String>,
    /// Every source
    #[arg(long)]
    pub(crate) all: bool,
    /// Show who would get how many; change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Monitor {
    /// Look once and stop
    #[arg(long)]
    pub(crate) quick: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The lead, as L-000123 or lead_…
    pub(crate) lead: String,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// Send one event of each type, marked as test: to sockets, notifications and webhooks
    Test(EventsTest),
}

#[derive(Debug, Args)]
pub(crate) struct EventsTest {
    /// Who gets what is sent to one user, by e-mail [default: the first admin]
    #[arg(long, value_name = "EMAIL")]
    pub(crate) user: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Simulate {
    /// Who would get the leads of a trace, or of a source's history
    Assign(SimulateAssign),
}

#[derive(Debug, Args)]
pub(crate) struct SimulateAssign {
    /// A trace (one JSON event a line, `-` for stdin): prints lead,agent as CSV
    #[arg(long, value_name = "FILE", required_unless_present = "source", conflicts_with = "source")]
    pub(crate) trace: Option<PathBuf>,
    /// A source: its history under a draft, beside what happened
    #[arg(long, value_name = "NAME")]
    pub(crate) source: Option<String>,
    /// fair, round_robin or fewest
    #[arg(long)]
    pub(crate) policy: PolicyKind,
    /// Agents of the draft by name or number, each with a weight if it differs [default: today's members]
    #[arg(long, value_name = "AGENT=WEIGHT,…", value_delimiter = ',', requires = "source")]
    pub(crate) members: Vec<String>,
    /// Since when: a date, a time, or an age such as 7d or 12h [default: the beginning]
    #[arg(long, value_name = "TIME", requires = "source")]
    pub(crate) since: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_commands_of_the_contract_parse() {
        for line in [
            "fairlead demo --exit --json --file x.csv --data-dir d",
            "fairlead serve --listen 127.0.0.1:0 --database-url sqlite://x --config c.toml",
            "fairlead user add --email a@b.in --role admin --name A --org acme",
            "fairlead user link --email a@b.in --org acme --json",
            "fairlead user link --email a@b.in --reset",
            "fairlead token create --email a@b.in --name script",
            "fairlead import x.csv --source META --map A=phone --map B=name --dry-run --no-assign --errors e.csv",
            "fairlead assign META --dry-run",
            "fairlead assign --all --json",
            "fairlead monitor --quick",
            "fairlead explain L-000001",
            "fairlead events test --user a@b.in --json",
            "fairlead simulate assign --trace t.jsonl --policy fair",
            "fairlead simulate assign --source META --policy fewest --members Asha=2,Bilal --since 7d",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
        for line in
            ["fairlead assign", "fairlead assign META --all", "fairlead simulate assign --policy fair"]
        {
            assert!(Cli::try_parse_from(line.split(' ')).is_err(), "{line}");
        }
    }
}
