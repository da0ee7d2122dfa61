//! Which flow of the earlier state is which of the later one.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{FlowOf, State};

/// Flows that have at least this part of their lines in common are one that was renamed, in hundredths.
const LIKE: usize = 60;
/// The same where the file or the id is still the same.
const LIKE_IN_PLACE: usize = 30;
/// Beyond this number of pairs only those are compared that keep their file or id.
const MOST_COMPARISONS: usize = 250_000;

/// A flow in both states; none where one does not have it.
#[derive(Clone, Copy)]
pub struct Pair<'run> {
    /// The flow as it was.
    pub base: Option<FlowOf<'run>>,
    /// The flow as it is.
    pub head: Option<FlowOf<'run>>,
}

/// Pairs the flows of two states: by name; of several of a name, by file; then those that are left, by
/// likeness.
pub fn pairs<'run>(base: &State<'run>, head: &State<'run>) -> Vec<Pair<'run>> {
    let mut pairs = Vec::new();
    let mut gone = Vec::new();
    let mut candidates: HashMap<String, Vec<FlowOf<'run>>> = HashMap::new();
    for flow in head.flows() {
        let name = flow.summary().full_name();
        candidates.entry(name).or_default().push(flow);
    }
    let mut by_name: Vec<(String, Vec<FlowOf<'run>>)> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    for flow in base.flows() {
        let name = flow.summary().full_name();
        let position = *positions.entry(name.clone()).or_insert_with(|| {
            by_name.push((name, Vec::new()));
            by_name.len() - 1
        });
        by_name[position].1.push(flow);
    }
    for (name, mut flows) in by_name {
        let of_name = candidates.entry(name).or_default();
        // Those that kept their file first, so that a moved one takes what is left.
        flows.retain(|flow| {
            let path = base.path(flow.document.document.file);
            let same = |other: &FlowOf<'run>| head.path(other.document.document.file) == path;
            let Some(position) = of_name.iter().position(same) else {
                return true;
            };
            let kept = of_name.remove(position);
            pairs.push(pair(*flow, kept));
            false
        });
        // A flow whose name only Terraform knows is the same at most where its file is.
        for flow in flows.into_iter().filter(is_named) {
            if of_name.is_empty() {
                gone.push(flow);
            } else {
                pairs.push(pair(flow, of_name.remove(0)));
            }
        }
    }
    let new: Vec<FlowOf<'run>> = head
        .flows()
        .filter(is_named)
        .filter(|flow| {
            let of_name = candidates.get(&flow.summary().full_name());
            of_name.is_some_and(|left| left.iter().any(|other| other.is(flow)))
        })
        .collect();
    pairs.extend(pair_by_likeness(base, head, gone, new));
    pairs
}

fn is_named(flow: &FlowOf<'_>) -> bool {
    let summary = flow.summary();
    summary.namespace.is_some() && summary.id.is_some()
}

fn pair<'run>(base: FlowOf<'run>, head: FlowOf<'run>) -> Pair<'run> {
    Pair {
        base: Some(base),
        head: Some(head),
    }
}

/// The flow of a file that is gone, as one that came.
struct Likeness {
    hundredths: usize,
    gone: usize,
    new: usize,
}

fn pair_by_likeness<'run>(
    base: &State<'run>,
    head: &State<'run>,
    gone: Vec<FlowOf<'run>>,
    new: Vec<FlowOf<'run>>,
) -> Vec<Pair<'run>> {
    let lines_of = |flows: &[FlowOf<'run>]| -> Vec<Vec<u64>> { flows.iter().map(lines).collect() };
    let (old_lines, new_lines) = (lines_of(&gone), lines_of(&new));
    let everything = gone.len().saturating_mul(new.len()) <= MOST_COMPARISONS;
    let mut found = Vec::new();
    for (left, old) in gone.iter().enumerate() {
        let path = base.path(old.document.document.file);
        for (right, other) in new.iter().enumerate() {
            let in_place = head.path(other.document.document.file) == path
                || old.summary().id == other.summary().id;
            if !in_place && !everything {
                continue;
            }
            let hundredths = likeness(&old_lines[left], &new_lines[right]);
            if hundredths >= if in_place { LIKE_IN_PLACE } else { LIKE } {
                found.push(Likeness {
                    hundredths: hundredths + if in_place { 100 } else { 0 },
                    gone: left,
                    new: right,
                });
            }
        }
    }
    found.sort_by_key(|like| (std::cmp::Reverse(like.hundredths), like.gone, like.new));
    let mut gone: Vec<Option<FlowOf<'run>>> = gone.into_iter().map(Some).collect();
    let mut new: Vec<Option<FlowOf<'run>>> = new.into_iter().map(Some).collect();
    let mut pairs = Vec::new();
    for like in found {
        if let (Some(old), Some(other)) = (gone[like.gone], new[like.new]) {
            pairs.push(pair(old, other));
            (gone[like.gone], new[like.new]) = (None, None);
        }
    }
    pairs.extend(gone.into_iter().flatten().map(|flow| Pair {
        base: Some(flow),
        head: None,
    }));
    pairs.extend(new.into_iter().flatten().map(|flow| Pair {
        base: None,
        head: Some(flow),
    }));
    pairs
}

/// The lines of a flow but for those that name it, hashed and sorted.
fn lines(flow: &FlowOf<'_>) -> Vec<u64> {
    let text = flow.document.document.text.lines();
    let told = text.filter(|line| !line.starts_with("id:") && !line.starts_with("namespace:"));
    let mut lines: Vec<u64> = told
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let mut hasher = DefaultHasher::new();
            line.hash(&mut hasher);
            hasher.finish()
        })
        .collect();
    lines.sort_unstable();
    lines
}

/// How much two sorted lists have in common, in hundredths of both.
fn likeness(one: &[u64], other: &[u64]) -> usize {
    let (mut left, mut right, mut common) = (0, 0, 0_usize);
    while let (Some(first), Some(second)) = (one.get(left), other.get(right)) {
        match first.cmp(second) {
            std::cmp::Ordering::Less => left += 1,
            std::cmp::Ordering::Greater => right += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                left += 1;
                right += 1;
            }
        }
    }
    (200 * common)
        .checked_div(one.len() + other.len())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_counts_what_both_have() {
        assert_eq!(likeness(&[1, 2, 3, 4], &[1, 2, 3, 4]), 100);
        assert_eq!(likeness(&[1, 2, 3, 4], &[1, 2, 5, 6]), 50);
        assert_eq!(likeness(&[1, 1], &[1]), 66);
        assert_eq!(likeness(&[], &[]), 0);
    }
}
