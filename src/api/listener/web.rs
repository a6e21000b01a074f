//! The web configuration of a server, read again whenever it is needed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;

use crate::config::ConfigErrors;
use crate::config::web::{self, WebConfig};
use crate::drivers::load::read_text;

use super::identity::Material;
use super::login::Logins;
use super::rate::Rate;
use super::tls::server_config;

/// See the module. What was read is kept until the files change; comparing is cheaper than
/// building.
pub struct Web {
    file: PathBuf,
    transport: Transport,
    read: Mutex<Option<(String, Arc<WebConfig>)>>,
    built: Mutex<Option<Built>>,
    pub(super) logins: Logins,
    pub(super) rate: Rate,
}

/// What is spoken below HTTP.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Transport {
    Plain,
    Tls,
}

/// From which configuration and texts it was built, and what.
type Built = (Arc<WebConfig>, Material, Arc<ServerConfig>);

/// Why the web configuration cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// The file cannot be read.
    #[error("cannot read --web.config.file {path}: {why}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        why: String,
    },
    /// It had content before: somebody is writing it, or it was lost.
    #[error("--web.config.file {0} is empty now: write {{}} into it to ask for nothing")]
    Emptied(String),
    /// What it says is wrong.
    #[error("{0}")]
    Invalid(#[from] ConfigErrors),
    /// Certificates or keys are wrong.
    #[error("--web.config.file {path}: {why}")]
    Tls {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// TLS was asked for at the start, and the file no longer does.
    #[error("--web.config.file {0} no longer asks for TLS: restart to serve without it")]
    NoTls(String),
}

impl Web {
    /// Reads a file and everything it names, and checks it.
    ///
    /// # Errors
    /// What is wrong.
    pub fn open(file: &Path) -> Result<Web, WebError> {
        let mut web = Web {
            file: file.to_owned(),
            transport: Transport::Plain,
            read: Mutex::default(),
            built: Mutex::default(),
            logins: Logins::default(),
            rate: Rate::default(),
        };
        if web.config()?.tls.is_some() {
            web.transport = Transport::Tls;
            web.tls()?;
        }
        Ok(web)
    }

    /// Whether TLS is spoken; it was decided when the file was opened.
    pub fn speaks_tls(&self) -> bool {
        self.transport == Transport::Tls
    }

    /// The configuration as the file says now.
    pub(super) fn config(&self) -> Result<Arc<WebConfig>, WebError> {
        let path = || self.file.display().to_string();
        let text =
            read_text(&self.file).map_err(|why| WebError::Unreadable { path: path(), why })?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        match &*read {
            Some((known, config)) if *known == text => return Ok(Arc::clone(config)),
            // half of a rewrite: taken at its word it would let everybody in
            Some((known, _)) if text.trim().is_empty() && !known.trim().is_empty() => {
                return Err(WebError::Emptied(path()));
            }
            _ => {}
        }
        let config = Arc::new(web::parse(&path(), &text)?);
        *read = Some((text, Arc::clone(&config)));
        Ok(config)
    }

    /// What new connections are greeted with, by the files as they are now.
    pub(super) fn tls(&self) -> Result<Arc<ServerConfig>, WebError> {
        let path = || self.file.display().to_string();
        let config = self.config()?;
        let Some(tls) = &config.tls else { return Err(WebError::NoTls(path())) };
        let wrong = |why| WebError::Tls { path: path(), why };
        let material = Material::read(tls).map_err(wrong)?;
        let mut built = self.built.lock().unwrap_or_else(PoisonError::into_inner);
        match &*built {
            Some((from, texts, server)) if *from == config && *texts == material => {
                return Ok(Arc::clone(server));
            }
            _ => {}
        }
        let server =
            server_config(tls, config.protocols, &material).map(Arc::new).map_err(wrong)?;
        *built = Some((config, material, Arc::clone(&server)));
        Ok(server)
    }
}
