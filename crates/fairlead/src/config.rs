//! The configuration: the commented defaults, a file, the environment; in that order.

use crate::cli::Global;
use crate::ending::usage;
use anyhow::Context;
use config::{Environment, File, FileFormat};
use serde::Deserialize;

/// The defaults, which are also the reference.
pub(crate) const DEFAULTS: &str = include_str!("../fairlead.toml");

/// Every setting.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) live: Live,
    pub(crate) database: Database,
    pub(crate) organization: Organization,
    pub(crate) mail: Mail,
    pub(crate) sms: Sms,
    pub(crate) webhooks: Webhooks,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    pub(crate) listen: String,
    pub(crate) max_connections: usize,
    pub(crate) max_upload_mib: u64,
    pub(crate) nats_url: String,
    pub(crate) public_url: String,
    pub(crate) behind_proxy: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Live {
    pub(crate) heartbeat_seconds: u64,
    pub(crate) stall_seconds: u64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    pub(crate) url: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Organization {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) timezone: String,
    pub(crate) region: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    pub(crate) url: String,
    pub(crate) from: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sms {
    pub(crate) url: String,
    pub(crate) account_sid: String,
    pub(crate) auth_token: String,
    pub(crate) from: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Webhooks {
    pub(crate) allow_internal_addresses: bool,
    pub(crate) retry_scale: f64,
}

impl Config {
    /// Defaults, then the file, then the environment, then the flags.
    pub(crate) fn load(global: &Global) -> anyhow::Result<Self> {
        let mut sources = config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(path) = &global.config {
            if !path.exists() {
                return Err(usage(format!("there is no configuration file {}", path.display())));
            }
            sources = sources.add_source(File::from(path.as_path()).format(FileFormat::Toml));
        }
        let environment = Environment::with_prefix("FAIRLEAD").prefix_separator("_").separator("__");
        let environment = environment.source(Some(settings_in_environment()));
        let sources = sources
            .add_source(environment)
            .set_override_option("database.url", global.database_url.clone())
            .context("cannot set the database")?;
        let loaded = sources.build().and_then(config::Config::try_deserialize);
        loaded.map_err(|error| usage(format!("the configuration is wrong: {error}")))
    }

    /// What the engine is to know of it.
    pub(crate) fn settings(&self) -> engine::Settings {
        let Webhooks { allow_internal_addresses, retry_scale } = self.webhooks;
        let webhooks = engine::webhook::Settings { allow_internal: allow_internal_addresses, retry_scale };
        engine::Settings { webhooks }
    }

    /// Where people find a server that listens there.
    pub(crate) fn public_url(&self, listen: &str) -> anyhow::Result<String> {
        match self.server.public_url.trim_end_matches('/') {
            "" => Ok(format!("http://{listen}")),
            url if url.starts_with("https://") || url.starts_with("http://") => Ok(url.to_owned()),
            _ => Err(usage("[server] public_url begins with https:// or http://")),
        }
    }

    /// How mail leaves, with links that lead to a server that listens there.
    pub(crate) fn mailer(&self, listen: &str) -> anyhow::Result<engine::mail::Mailer> {
        let Mail { url, from } = &self.mail;
        engine::mail::Mailer::new(url, from, &self.public_url(listen)?).map_err(usage)
    }

    /// Which database.
    pub(crate) fn target(&self) -> anyhow::Result<store::Target> {
        store::Target::parse(&self.database.url)
            .map_err(|why| usage(format!("the database URL is wrong: {why}")))
    }
}

/// `FAIRLEAD_SECTION__SETTING`; other variables that begin alike (`FAIRLEAD_CONFIG`) are not settings.
fn settings_in_environment() -> config::Map<String, String> {
    std::env::vars().filter(|(name, _)| name.starts_with("FAIRLEAD_") && name.contains("__")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_is_complete() {
        let config = Config::load(&Global::default()).expect("the defaults are a configuration");
        assert_eq!(config.organization.timezone, "Asia/Kolkata");
        assert_eq!(config.target().expect("a target").describe(), "SQLite file ./data/fairlead.db");
    }

    #[test]
    fn a_flag_is_stronger_than_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("f.toml");
        std::fs::write(&path, "[database]\nurl = \"sqlite://from-file\"\n[server]\nlisten = \"[::]:1\"\n")
            .expect("written");
        let mut global = Global { config: Some(path), ..Global::default() };
        assert_eq!(Config::load(&global).expect("loaded").database.url, "sqlite://from-file");
        global.database_url = Some("sqlite://flag".to_owned());
        let config = Config::load(&global).expect("loaded");
        assert_eq!(
            (config.database.url.as_str(), config.server.listen.as_str()),
            ("sqlite://flag", "[::]:1")
        );
    }

    #[test]
    fn an_unknown_setting_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("f.toml");
        std::fs::write(&path, "[server]\nlisten_on = \"x\"\n").expect("written");
        let error = Config::load(&Global { config: Some(path), ..Global::default() }).unwrap_err();
        assert!(error.to_string().contains("listen_on"), "{error}");
    }
}
