//! Secrets that are kept in files, read anew whenever they are needed.

use std::sync::Arc;

use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::notify::integration::SecretSource;
use crate::notify::message::SecretFiles;
use crate::notify::{Failure, FailureClass, Verdict};
use crate::secret::Secret;

/// The most bytes a secret file may have; certificate bundles are the largest of them.
pub const SECRET_FILE_LIMIT: u64 = 4 << 20;

/// Why a secret file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// It could not be read.
    #[error("read secret file {path}: {source}")]
    Unreadable {
        /// The file.
        path: Arc<str>,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is larger than [`SECRET_FILE_LIMIT`].
    #[error("secret file {path} is larger than {SECRET_FILE_LIMIT} bytes: is it the right file?")]
    TooLarge {
        /// The file.
        path: Arc<str>,
    },
    /// It is not text.
    #[error("secret file {path} is not UTF-8 text")]
    NotText {
        /// The file.
        path: Arc<str>,
    },
}

impl SecretFileError {
    /// The verdict on an attempt that could not even start: files are swapped under us, so the
    /// next attempt may find a good one.
    pub fn verdict(&self) -> Verdict {
        Verdict::Retry(Failure { class: FailureClass::NotSent, message: self.to_string() })
    }
}

/// Reads secret files; contents are trimmed.
pub async fn read_secret_files(
    paths: impl IntoIterator<Item = Arc<str>>,
) -> Result<SecretFiles, SecretFileError> {
    let mut files = SecretFiles::new();
    for path in paths {
        let content = read_file(&path).await?;
        files.insert(path, content);
    }
    Ok(files)
}

/// The secret itself, wherever it is.
pub(super) async fn resolve(source: &SecretSource) -> Result<Secret, SecretFileError> {
    match source {
        SecretSource::Inline(secret) => Ok(secret.clone()),
        SecretSource::File(path) => read_file(path).await,
    }
}

/// As [`resolve`], of something that may be missing.
pub(super) async fn resolve_some(
    source: Option<&SecretSource>,
) -> Result<Option<Secret>, SecretFileError> {
    match source {
        Some(source) => resolve(source).await.map(Some),
        None => Ok(None),
    }
}

async fn read_file(path: &Arc<str>) -> Result<Secret, SecretFileError> {
    let unreadable = |source| SecretFileError::Unreadable { path: Arc::clone(path), source };
    let file = File::open(&**path).await.map_err(unreadable)?;
    let mut content = Vec::new();
    file.take(SECRET_FILE_LIMIT + 1).read_to_end(&mut content).await.map_err(unreadable)?;
    if content.len() as u64 > SECRET_FILE_LIMIT {
        return Err(SecretFileError::TooLarge { path: Arc::clone(path) });
    }
    match std::str::from_utf8(&content) {
        Ok(text) => Ok(Secret::new(text.trim())),
        Err(_) => Err(SecretFileError::NotText { path: Arc::clone(path) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(content: &[u8]) -> Result<String, String> {
        let directory = tempfile::tempdir().unwrap();
        let path: Arc<str> = directory.path().join("secret").to_str().unwrap().into();
        std::fs::write(&*path, content).unwrap();
        match read_secret_files([Arc::clone(&path)]).await {
            Ok(files) => Ok(files[&path].expose().to_owned()),
            Err(error) => Err(error.to_string().replace(&*path, "FILE")),
        }
    }

    #[tokio::test]
    async fn contents_are_trimmed_and_must_be_text() {
        assert_eq!(read(b" s3cret\n\n").await.unwrap(), "s3cret");
        assert_eq!(read(b"").await.unwrap(), "");
        assert_eq!(read(b"\xff\xfe").await.unwrap_err(), "secret file FILE is not UTF-8 text");
    }

    #[tokio::test]
    async fn a_file_over_the_limit_is_refused() {
        let limit = SECRET_FILE_LIMIT as usize;
        assert_eq!(read(&vec![b'x'; limit]).await.unwrap().len(), limit);
        let error = read(&vec![b'x'; limit + 1]).await.unwrap_err();
        assert!(error.contains("is larger than"), "{error}");
    }

    #[tokio::test]
    async fn a_missing_file_may_appear_later() {
        let error = read_secret_files([Arc::from("/nonexistent/secret")]).await.unwrap_err();
        assert!(error.to_string().contains("/nonexistent/secret"), "{error}");
        assert!(matches!(error.verdict(), Verdict::Retry(_)));
    }
}
