//! The order of findings, and what is one finding: output is the same for any number of threads.

use std::cmp::Ordering;
use std::path::Path;

use foldhash::{HashMap, HashMapExt};

use super::{Workspace, fingerprint};
use crate::finding::{Finding, Location};

/// Findings that are equal but for the target become one.
pub(super) fn merge(all: &mut Vec<Finding>, found: Vec<Finding>) {
    if all.is_empty() {
        *all = found;
        return;
    }
    let mut places: HashMap<(&str, Location), Vec<usize>> = HashMap::new();
    for (index, known) in all.iter().enumerate() {
        let place = (known.rule, known.location);
        places.entry(place).or_default().push(index);
    }
    for finding in found {
        let near = places.get(&(finding.rule, finding.location));
        let mut near = near.into_iter().flatten().copied();
        match near.find(|index| all[*index].message == finding.message) {
            Some(known) => all[known].targets = all[known].targets.union(finding.targets),
            None => all.push(finding),
        }
    }
}

/// Sorts by path, place and rule; findings that are equal but for the target become one.
pub(super) fn sort(findings: &mut Vec<Finding>, workspace: &Workspace) {
    let ranks = ranks(workspace);
    findings.sort_by(|one, other| {
        let rank = |finding: &Finding| ranks.get(finding.location.file.0 as usize);
        rank(one)
            .cmp(&rank(other))
            .then_with(|| by_place(one, other))
    });
    findings.dedup_by(|later, earlier| {
        let same = later.rule == earlier.rule
            && later.location == earlier.location
            && later.message == earlier.message;
        if same {
            earlier.targets = earlier.targets.union(later.targets);
        }
        same
    });
}

/// The order of the findings of one file.
pub(super) fn by_place(one: &Finding, other: &Finding) -> Ordering {
    let key = |finding: &Finding| {
        let Location { range, .. } = finding.location;
        let place = (range.start(), range.end());
        (place, finding.rule, finding.severity)
    };
    let in_words = || one.message.cmp(&other.message);
    key(one).cmp(&key(other)).then_with(in_words)
}

/// The place of each file in the order of paths: paths are compared once, not for each pair of findings.
fn ranks(workspace: &Workspace) -> Vec<usize> {
    let mut files: Vec<(&Path, usize)> = workspace
        .files
        .iter()
        .map(|(id, file)| (file.path.as_path(), id.0 as usize))
        .collect();
    files.sort();
    let mut ranks = vec![0; files.len()];
    for (rank, (_, file)) in files.into_iter().enumerate() {
        if let Some(place) = ranks.get_mut(file) {
            *place = rank;
        }
    }
    ranks
}

/// Equal fingerprints are told apart by their order.
pub(super) fn number(findings: &mut [Finding]) {
    let mut seen = HashMap::new();
    for finding in findings {
        let ordinal = seen.entry(finding.fingerprint).or_insert(0_u32);
        finding.fingerprint = fingerprint::numbered(finding.fingerprint, *ordinal);
        *ordinal += 1;
    }
}
