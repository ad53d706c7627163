/// Bytes of rows, appended and never moved. Chunked, so that growing never copies what is there and memory follows the
/// data closely.
#[derive(Debug, Clone, Default)]
pub(super) struct Arena {
    chunks: Vec<Vec<u8>>,
}

/// Where a run of bytes stands in an [`Arena`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    chunk: u32,
    start: u32,
    length: u32,
}

const CHUNK: usize = 1 << 20;

impl Arena {
    /// Appends what `parts` hold, one after the other. `None` for a row of 4 GiB or more.
    pub(super) fn push(&mut self, parts: &[&[u8]]) -> Option<Span> {
        let length = u32::try_from(parts.iter().map(|part| part.len()).sum::<usize>()).ok()?;
        let needed = length as usize;
        let fits = |chunk: &Vec<u8>| chunk.capacity() - chunk.len() >= needed;
        if !self.chunks.last().is_some_and(fits) {
            self.chunks.push(Vec::with_capacity(needed.max(CHUNK)));
        }
        let index = self.chunks.len() - 1;
        let chunk = &mut self.chunks[index];
        let start = chunk.len() as u32;
        parts.iter().for_each(|part| chunk.extend_from_slice(part));
        Some(Span { chunk: index as u32, start, length })
    }

    /// Bytes of all rows that were ever appended.
    pub(super) fn len(&self) -> usize {
        self.chunks.iter().map(Vec::len).sum()
    }

    #[inline]
    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        &self.chunks[span.chunk as usize][start..start + span.length as usize]
    }
}
