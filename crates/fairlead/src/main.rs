//! Fairlead: leads in, fairly out. The command line, the configuration, the wiring.

mod cli;
mod commands;
mod config;
mod ending;
mod report;
mod term;

use clap::Parser;
use ending::Ending;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    log_to_stderr(cli.command.serves());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return ending::exit(Err(anyhow::Error::new(error).context("cannot start"))),
    };
    let ended: anyhow::Result<Ending> = runtime.block_on(commands::run(cli));
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    ending::exit(ended)
}

/// `RUST_LOG`, else what a server's or a command's user wants to see.
fn log_to_stderr(serves: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(if serves { "info" } else { "warn" }));
    let paint = term::Paint::of_terminal(std::io::IsTerminal::is_terminal(&std::io::stderr()));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(paint.draws())
        .init();
}
