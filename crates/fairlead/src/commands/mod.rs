//! The commands, one file each: open, do, tell.

mod assign;
mod check;
mod demo;
mod events;
mod explain;
mod gather;
mod import;
mod migrate;
mod monitor;
mod office;
mod serve;
mod simulate;
mod token;
mod user;

use crate::cli::{Cli, Command, Events, Global, Serve, Simulate, Token, User};
use crate::config::Config;
use crate::ending::Ending;
use crate::term::Out;
use model::Micros;

/// What every command needs.
pub(crate) struct Context {
    pub(crate) global: Global,
    pub(crate) config: Config,
    pub(crate) out: Out,
}

/// Runs the command that was asked for.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<Ending> {
    let Cli { global, command } = cli;
    let mut config = Config::load(&global)?;
    if let Command::Serve(Serve { nats_url: Some(url), .. }) = &command {
        config.server.nats_url.clone_from(url);
    }
    let context = Context { config, out: Out::new(global.json), global };
    let context = &context;
    match command {
        Command::Demo(demo) => demo::run(context, demo).await,
        Command::Serve(serve) => serve::run(context, serve).await,
        Command::Migrate => migrate::run(context).await,
        Command::Check => check::run(context).await,
        Command::User(User::Add(add)) => user::run(context, add).await,
        Command::User(User::Link(link)) => user::link(context, link).await,
        Command::Token(Token::Create(create)) => token::run(context, create).await,
        Command::Import(import) => import::run(context, import).await,
        Command::Assign(assign) => assign::run(context, assign).await,
        Command::Monitor(monitor) => monitor::run(context, monitor).await,
        Command::Explain(explain) => explain::run(context, explain).await,
        Command::Events(Events::Test(test)) => events::run(context, test).await,
        Command::Simulate(Simulate::Assign(assign)) => simulate::run(context, assign).await,
    }
}

/// The time, where there is no engine to ask.
pub(crate) fn now() -> Micros {
    Micros::from_timestamp(jiff::Timestamp::now())
}
