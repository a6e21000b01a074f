//! The samples of the embedded store, over a restart.
//!
//! ```text
//! <state directory>/samples     "FBSAMPL1" | length (4) | body | ... | checksum of all before (8)
//!                               body: a remote write request with some thousand samples
//! ```
//!
//! Rules that look an hour back would take a store that begins empty for an hour without events.
//! So the samples are saved from time to time and at the end, as a whole: the file is written
//! beside the old one and renamed. What came after the last time is lost to a process that is
//! killed, which is a gap of a minute as after any outage.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use crate::forward::samples::body;
use crate::ingest::remote_write::Decoder;
use crate::label::Matchers;
use crate::sample::{Selection, Series};
use crate::source::embedded::Store;
use crate::time::Timestamp;

/// Time between two savings, if they are quick.
pub const SAVING_INTERVAL: Duration = Duration::from_secs(60);
/// A saving may take this part of the time until the next.
pub const SAVING_SHARE: u32 = 50;
/// Stores with more samples than this are not saved: their senders keep them.
pub const SAVED_LIMIT: usize = 5_000_000;

const MAGIC: &[u8; 8] = b"FBSAMPL1";
const NAME: &str = "samples";
/// About how many samples are in one body.
const BODY_SAMPLES: usize = 5_000;

/// What came of a saving.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// The file holds everything.
    Whole,
    /// There is too much, and no file.
    TooMany,
}

/// What was there at the start.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// How many samples were taken.
    pub samples: usize,
    /// The newest of them.
    pub newest: Timestamp,
}

/// Writes all samples down; durable when this returns well.
///
/// # Errors
/// What the system says. The old file stays.
pub fn save(store: &Store, directory: &Path) -> io::Result<Saved> {
    let path = directory.join(NAME);
    if store.counts().samples > SAVED_LIMIT {
        return match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(Saved::TooMany),
        };
    }
    let unfinished = directory.join("samples.tmp");
    let file = File::create(&unfinished)?;
    write(store, &file)?;
    file.sync_all()?;
    fs::rename(&unfinished, &path)?;
    File::open(directory)?.sync_all()?;
    Ok(Saved::Whole)
}

/// Takes saved samples into a store; nothing when there are none.
///
/// # Errors
/// When the file cannot be read or is damaged; it is moved aside then, to `samples.damaged`.
pub fn restore(
    store: &Store,
    directory: &Path,
    now: Timestamp,
) -> Result<Option<Restored>, String> {
    let path = directory.join(NAME);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    take(store, &bytes, now).map(Some).ok_or_else(|| {
        let aside = move_aside(&path);
        format!("{} is damaged and is not used; it is moved to {}", path.display(), aside.display())
    })
}

fn move_aside(path: &Path) -> PathBuf {
    let aside = path.with_extension("damaged");
    // one that cannot be moved is written over by the next saving
    let _ = fs::rename(path, &aside);
    aside
}

fn write(store: &Store, file: &File) -> io::Result<()> {
    let everything = Selection {
        matchers: Matchers::default(),
        after: Timestamp::MIN,
        until: Timestamp::MAX,
        narrowing: None,
    };
    let (mut writer, mut hasher) = (BufWriter::new(file), Xxh3::new());
    let mut put = |bytes: &[u8]| {
        hasher.update(bytes);
        writer.write_all(bytes)
    };
    put(MAGIC)?;
    let (mut batch, mut count) = (Vec::new(), 0);
    for view in store.select(&[everything]).iter().flat_map(|set| set.iter()) {
        let samples: Vec<_> = (0..view.times.len()).map(|index| view.sample(index)).collect();
        for part in samples.chunks(BODY_SAMPLES) {
            batch.push(Series { labels: view.labels.clone(), samples: part.to_vec() });
            count += part.len();
            if count >= BODY_SAMPLES {
                put_body(&mut put, &batch)?;
                batch.clear();
                count = 0;
            }
        }
    }
    put_body(&mut put, &batch)?;
    let checksum = hasher.digest();
    writer.write_all(&checksum.to_le_bytes())?;
    writer.flush()
}

fn put_body(put: &mut impl FnMut(&[u8]) -> io::Result<()>, batch: &[Series]) -> io::Result<()> {
    let bytes = body(batch);
    let length = u32::try_from(bytes.len()).map_err(|_| io::Error::other("too many samples"))?;
    put(&length.to_le_bytes())?;
    put(&bytes)
}

/// Nothing when the bytes are not what was written.
fn take(store: &Store, bytes: &[u8], now: Timestamp) -> Option<Restored> {
    let (bodies, checksum) = bytes.split_last_chunk::<8>()?;
    if xxh3_64(bodies) != u64::from_le_bytes(*checksum) {
        return None;
    }
    let mut rest = bodies.strip_prefix(MAGIC)?;
    let mut decoder = Decoder::default();
    let mut restored = Restored { samples: 0, newest: Timestamp::MIN };
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (body, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = after;
        let samples = decoder.decode(body, now).ok()?.samples;
        for index in 0..samples.len() {
            let newest = samples.series(index).times.iter().max().copied();
            let newest = newest.map_or(Timestamp::MIN, Timestamp::from_millis);
            restored.newest = restored.newest.max(newest);
        }
        restored.samples += store.append(&samples).samples;
        decoder.reuse(samples);
    }
    rest.is_empty().then_some(restored)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::notation::parse_series;
    use crate::time::Span;

    fn filled() -> Store {
        let store = Store::new();
        for line in [
            "up{job=\"a\"} 1 0 1 _ 1 stale",
            "rate_total 1e9+3x9000",
            "native {{schema:1 sum:2 count:3 buckets:[1 2]}}x4",
        ] {
            let noted = parse_series(line).unwrap();
            let at = |index: usize| Timestamp::default() + Span::from_secs(15).times(index as i64);
            let values = noted.values.into_iter().enumerate();
            let samples = values.filter_map(|(index, value)| {
                Some(crate::sample::Sample { at: at(index), value: value?.value })
            });
            let series = Series { labels: noted.labels, samples: samples.collect() };
            assert_eq!(store.append(&[&series].into_iter().collect()).refused(), 0);
        }
        store
    }

    fn everything(store: &Store) -> String {
        let matchers = Matchers::default();
        let (after, until) = (Timestamp::MIN, Timestamp::MAX);
        let all = Selection { matchers, after, until, narrowing: None };
        store
            .select(&[all])
            .iter()
            .flat_map(|set| set.iter())
            .map(|view| {
                let samples =
                    (0..view.times.len()).map(|index| format!("{:?}", view.sample(index)));
                format!("{} {}\n", view.labels, samples.collect::<Vec<_>>().join(" "))
            })
            .collect()
    }

    #[test]
    fn what_is_saved_comes_back() {
        let (store, directory) = (filled(), tempfile::tempdir().unwrap());
        assert_eq!(save(&store, directory.path()).unwrap(), Saved::Whole);
        let back = Store::new();
        let restored = restore(&back, directory.path(), Timestamp::MAX).unwrap().unwrap();
        assert_eq!(restored.samples, store.counts().samples);
        assert_eq!(restored.newest, Timestamp::from_millis(9000 * 15_000));
        assert_eq!(everything(&back), everything(&store));
    }

    #[test]
    fn nothing_is_no_damage_and_damage_is_moved_aside() {
        let (store, directory) = (filled(), tempfile::tempdir().unwrap());
        assert_eq!(restore(&store, directory.path(), Timestamp::MAX), Ok(None));
        save(&store, directory.path()).unwrap();
        let path = directory.path().join("samples");
        let mut bytes = fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&path, bytes).unwrap();
        let error = restore(&Store::new(), directory.path(), Timestamp::MAX).unwrap_err();
        assert!(error.contains("is damaged"), "{error}");
        assert!(directory.path().join("samples.damaged").exists() && !path.exists());
    }
}
