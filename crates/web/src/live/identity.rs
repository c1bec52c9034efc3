//! Who is behind a socket, looked up anew whenever rights may have changed.

use super::Code;
use crate::app::App;
use engine::Failure;
use store::user::Caller;

/// Who opened a socket, and with what.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    /// The hash of the token or of the session's secret.
    pub(super) credential: [u8; 32],
    pub(super) caller: Caller,
}

impl Identity {
    /// Who has this credential now.
    pub(super) async fn find(app: &App, credential: [u8; 32]) -> Result<Option<Self>, Failure> {
        let caller = app.tokens().behind(app, &credential).await?;
        Ok(caller.map(|caller| Self { credential, caller }))
    }

    /// Why the socket must go, if it must: it was opened with rights that are not the present ones.
    pub(super) async fn outdated(&self, app: &App) -> Result<Option<Code>, Failure> {
        let Some(now) = app.tokens().behind(app, &self.credential).await? else {
            return Ok(Some(Code::Ended));
        };
        let rights = |caller: &Caller| (caller.org, caller.user, caller.role, caller.agent_no);
        Ok((rights(&now) != rights(&self.caller)).then_some(Code::Changed))
    }
}
