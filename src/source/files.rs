//! The table of the files of a run.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::finding::FileId;
use crate::text::LineIndex;

/// A file of a run.
#[derive(Debug)]
pub struct File {
    /// The path as reports show it: relative to the working directory where it lies below it.
    pub path: PathBuf,
    /// What was read; empty for a file that could not be read.
    pub text: Arc<str>,
    line_index: OnceLock<LineIndex>,
}

impl File {
    /// A file with its text.
    pub fn new(path: PathBuf, text: Arc<str>) -> Self {
        Self {
            path,
            text,
            line_index: OnceLock::new(),
        }
    }

    /// Lines and columns, worked out when first asked for.
    pub fn line_index(&self) -> &LineIndex {
        self.line_index.get_or_init(|| LineIndex::new(&self.text))
    }
}

/// All files of a run.
#[derive(Debug, Default)]
pub struct Files {
    files: Vec<File>,
}

impl Files {
    /// Adds a file.
    pub fn add(&mut self, file: File) -> FileId {
        self.files.push(file);
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// Makes room for so many more files.
    pub fn reserve(&mut self, more: usize) {
        self.files.reserve(more);
    }

    /// A file that was added.
    pub fn get(&self, file: FileId) -> &File {
        &self.files[file.0 as usize]
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &File)> {
        (0_u32..).map(FileId).zip(&self.files)
    }

    /// The file of a path as reports show it.
    pub fn find(&self, path: &Path) -> Option<FileId> {
        self.iter()
            .find(|(_, file)| file.path == path)
            .map(|(id, _)| id)
    }

    /// The number of files.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

/// Why a file's text could not be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadProblem {
    /// The system refused; its own words.
    Unreadable(String),
    /// It holds a zero byte.
    Binary,
    /// It is not UTF-8; the offset of the first wrong byte.
    NotUtf8(usize),
    /// It has more bytes than the limit; both figures in bytes.
    TooLarge {
        /// The file's size.
        size: u64,
        /// The most that is read.
        limit: u64,
    },
}

/// Kestra refuses more than 3,145,728 code points, and a code point has at most four bytes: no larger
/// file needs to be read to know the answer.
const LARGEST_FILE: u64 = 4 * 3_145_728;

/// Reads a file that may be anything.
///
/// # Errors
///
/// Says why the text could not be had; a file of up to 12 MiB is read, no larger one.
pub fn read_file(path: &Path) -> Result<Arc<str>, ReadProblem> {
    let unreadable = |error: std::io::Error| ReadProblem::Unreadable(error.to_string());
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(ReadProblem::Unreadable("not a regular file".to_owned()));
    }
    if metadata.len() > LARGEST_FILE {
        return Err(ReadProblem::TooLarge {
            size: metadata.len(),
            limit: LARGEST_FILE,
        });
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    match String::from_utf8(bytes) {
        Ok(text) if text.as_bytes().contains(&0) => Err(ReadProblem::Binary),
        Ok(text) => Ok(text.into()),
        Err(error) if error.as_bytes().contains(&0) => Err(ReadProblem::Binary),
        Err(error) => Err(ReadProblem::NotUtf8(error.utf8_error().valid_up_to())),
    }
}

/// What a file that is no UTF-8 text would say if it were one: wrong bytes are replaced, zero bytes
/// (of UTF-16) dropped. Empty for a file that [`read_file`] would not read either.
pub fn read_roughly(path: &Path) -> String {
    let small = std::fs::metadata(path).is_ok_and(|metadata| metadata.len() <= LARGEST_FILE);
    let bytes = if small {
        std::fs::read(path).unwrap_or_default()
    } else {
        Vec::new()
    };
    let bytes: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}
