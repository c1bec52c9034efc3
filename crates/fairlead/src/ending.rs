//! How the program ends: exit codes, and errors as one sentence.

use engine::Failure;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// How a command ended that did what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// All is well: 0.
    Done,
    /// The check found something, or some rows failed: 1.
    SomeFailed,
}

/// Asked for something that makes no sense: 2.
#[derive(Debug)]
pub(crate) struct Usage(pub(crate) String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Something it needs is not there: 3.
#[derive(Debug)]
pub(crate) struct Unreachable(pub(crate) String);

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreachable {}

/// A wrong wish as an error.
pub(crate) fn usage(text: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Usage(text.into()))
}

/// Tells an error on stderr and turns the ending into the exit code.
pub(crate) fn exit(ended: anyhow::Result<Ending>) -> ExitCode {
    match ended {
        Ok(Ending::Done) => ExitCode::SUCCESS,
        Ok(Ending::SomeFailed) => ExitCode::from(1),
        Err(error) => match code(&error) {
            // Whoever read the output has gone away: nobody is left to be told.
            0 => ExitCode::SUCCESS,
            code => {
                let _ = writeln!(std::io::stderr(), "fairlead: {error:#}");
                ExitCode::from(code)
            }
        },
    }
}

fn code(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        if cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
        {
            return 0;
        }
        if cause.is::<Unreachable>()
            || matches!(cause.downcast_ref(), Some(Failure::Busy(_)))
            || matches!(cause.downcast_ref(), Some(store::Error::Busy(_)))
        {
            return 3;
        }
        if cause.is::<Usage>() || matches!(cause.downcast_ref(), Some(Failure::Refused(_))) {
            return 2;
        }
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn every_kind_of_error_has_its_exit_code() {
        let busy = Err::<(), _>(store::Error::Busy("refused".into())).context("cannot open").unwrap_err();
        assert_eq!(code(&busy), 3);
        assert_eq!(code(&Failure::Busy("stopped".into()).into()), 3);
        assert_eq!(code(&usage("no such thing")), 2);
        assert_eq!(code(&Failure::Refused(engine::Refusal::NotConfigured).into()), 2);
        assert_eq!(code(&anyhow::anyhow!("broken")), 1);
        let pipe = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert_eq!(code(&anyhow::Error::new(pipe).context("writing")), 0);
    }
}
