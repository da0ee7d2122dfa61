//! Groups of tasks, or of whole flows, that differ in a few words.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use rayon::prelude::*;

use super::digest::{lines, mix};
use super::parameters::{self, Parameter};
use super::{Source, may_have_lines};
use crate::analysis::credentials;
use crate::model::TaskIndex;
use crate::syntax::{NodeId, Tree};

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// A flow, without its names.
    Flow,
    /// A task with all that it holds.
    Task(TaskIndex),
}

/// Where a clone stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Which of the sources.
    pub source: usize,
    /// Where its text begins, to sort by.
    start: u32,
    /// What it is.
    pub part: Part,
    /// Its mapping.
    pub node: NodeId,
    /// Its lines.
    pub lines: u32,
}

/// How large clones must be, and how alike.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Lines of one.
    pub lines: u32,
    /// Clones of a group.
    pub occurrences: usize,
    /// Words in which they may differ.
    pub parameters: usize,
}

/// A group of clones, in the order of files and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Similar {
    /// Where they stand.
    pub places: Vec<Place>,
    /// In what they differ; nothing where they are equal.
    pub parameters: Vec<Parameter>,
    /// The scalars of the first of them that are compared.
    pub scalars: Vec<NodeId>,
}

/// Scalars that may differ between two clones.
const MOST_DIFFERENCES: usize = 12;
/// More than may differ: then two clones agree in one band at least.
const BANDS: u64 = MOST_DIFFERENCES as u64 + 1;
/// A band that so many clusters share is not looked at any more: it bounds the work where a band says little.
const MOST_CLUSTERS: usize = 6;
/// Clusters to which one is compared, those first that have most in common with it.
const MOST_TRIES: usize = 3;

/// Finds the groups among flows, or among tasks, those first that would save most. `is_counted` leaves places
/// out.
pub fn similar(
    sources: &[Source<'_>],
    flows: bool,
    limits: Limits,
    is_counted: impl Fn(&Place) -> bool + Sync,
) -> Vec<Similar> {
    let mut places: Vec<(u64, Place)> = sources
        .par_iter()
        .enumerate()
        .flat_map_iter(|(index, source)| places_of(index, *source, flows, limits.lines))
        .filter(|(_, place)| is_counted(place))
        .collect();
    places.par_sort_unstable();
    let by_shape: Vec<&[(u64, Place)]> = places
        .chunk_by(|one, other| one.0 == other.0)
        .filter(|group| group.len() >= limits.occurrences.max(2))
        .collect();
    let mut found: Vec<Similar> = by_shape
        .into_par_iter()
        .flat_map_iter(|group| groups_of_shape(sources, group, limits))
        .collect();
    found.sort_by_key(|group| {
        let lines = u64::from(group.places[0].lines) * (group.places.len() as u64 - 1);
        (std::cmp::Reverse(lines), group.places[0])
    });
    if !flows {
        leave_inner_out(sources, &mut found, limits);
    }
    found
}

fn places_of(
    index: usize,
    source: Source<'_>,
    flows: bool,
    least: u32,
) -> impl Iterator<Item = (u64, Place)> {
    let Source {
        tree,
        flow,
        digests,
    } = source;
    let root = flow.root.filter(|_| flows).map(|root| (Part::Flow, root));
    let tasks = flow.indexed_tasks().filter(move |_| !flows);
    let tasks = tasks.map(|(index, task)| (Part::Task(index), task.node));
    root.into_iter()
        .chain(tasks)
        .filter_map(move |(part, node)| {
            if !may_have_lines(tree, node, least) {
                return None;
            }
            let count = lines(tree, node);
            let place = Place {
                source: index,
                start: tree.range(node).start().into(),
                part,
                node,
                lines: count,
            };
            (count >= least).then(|| (digests.shape(node), place))
        })
}

/// A clone with its scalars in the order of their paths.
struct Candidate {
    place: Place,
    scalars: Vec<Scalar>,
}

#[derive(Clone, Copy)]
struct Scalar {
    path: u64,
    contents: u64,
    node: NodeId,
}

/// A hasher for what is a hash already.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = mix(self.0, u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

type ByHash<T> = HashMap<u64, T, BuildHasherDefault<Same>>;

fn groups_of_shape(sources: &[Source<'_>], group: &[(u64, Place)], limits: Limits) -> Vec<Similar> {
    let mut candidates: Vec<Candidate> = group
        .iter()
        .map(|(_, place)| Candidate {
            place: *place,
            scalars: scalars(sources[place.source], place),
        })
        .collect();
    candidates.sort_by_key(|candidate| candidate.place);
    let mut found = Vec::new();
    for cluster in clusters(sources, &candidates, limits) {
        if cluster.len() < limits.occurrences {
            continue;
        }
        let chosen: Vec<&Candidate> = cluster.iter().map(|index| &candidates[*index]).collect();
        if let Some(similar) = compare(sources, &chosen, limits) {
            found.push(similar);
            continue;
        }
        // One that differs in more spoils the others: those that differ in the same places are tried.
        let largest = alike(&chosen);
        if largest.len() >= limits.occurrences && largest.len() < chosen.len() {
            found.extend(compare(sources, &largest, limits));
        }
    }
    found
}

/// Candidates that each differ in a few words from the first of their cluster.
fn clusters(sources: &[Source<'_>], candidates: &[Candidate], limits: Limits) -> Vec<Vec<usize>> {
    let mut clusters: Vec<Vec<usize>> = Vec::new();
    let mut met: ByHash<Vec<usize>> = ByHash::default();
    for (index, candidate) in candidates.iter().enumerate() {
        let bands = bands(sources, candidate);
        let own = most_shared(&bands, &met)
            .into_iter()
            .take(MOST_TRIES)
            .find(|cluster| {
                let first = &candidates[clusters[*cluster][0]];
                is_near(sources, first, candidate, limits)
            });
        if let Some(cluster) = own {
            clusters[cluster].push(index);
            continue;
        }
        for band in bands {
            let known = met.entry(band).or_default();
            if known.len() < MOST_CLUSTERS {
                known.push(clusters.len());
            }
        }
        clusters.push(vec![index]);
    }
    clusters
}

/// The clusters that agree in some band, those first that agree in most.
fn most_shared(bands: &[u64], met: &ByHash<Vec<usize>>) -> Vec<usize> {
    let mut shared: Vec<(usize, usize)> = Vec::new();
    // What many clusters have in common says little.
    let known = bands.iter().filter_map(|band| met.get(band));
    for cluster in known.filter(|known| known.len() < MOST_CLUSTERS).flatten() {
        match shared.iter_mut().find(|(_, known)| known == cluster) {
            Some((count, _)) => *count += 1,
            None => shared.push((1, *cluster)),
        }
    }
    shared.sort_unstable_by_key(|(count, cluster)| (std::cmp::Reverse(*count), *cluster));
    shared.into_iter().map(|(_, cluster)| cluster).collect()
}

/// The scalars dealt into bands, each hashed with its number; and the list of a task, since neighbours are
/// compared whatever else they share.
fn bands(sources: &[Source<'_>], candidate: &Candidate) -> Vec<u64> {
    let scalars = &candidate.scalars;
    let count = BANDS.min(scalars.len() as u64).max(1);
    let mut bands: Vec<u64> = (0..count).map(|band| mix(band, 11)).collect();
    for (position, scalar) in scalars.iter().enumerate() {
        let band = position % bands.len();
        bands[band] = mix(bands[band], scalar.contents);
    }
    let place = &candidate.place;
    if let Part::Task(task) = place.part {
        let list = sources[place.source].flow.task(task).list;
        bands.push(mix(mix(19, place.source as u64), list.index() as u64));
    }
    bands
}

/// Whether two differ in so few words.
fn is_near(sources: &[Source<'_>], one: &Candidate, other: &Candidate, limits: Limits) -> bool {
    let most = MOST_DIFFERENCES.min(one.scalars.len() * 3 / 4);
    if one.scalars.len() != other.scalars.len() {
        return false;
    }
    let pairs = || one.scalars.iter().zip(&other.scalars);
    let differing = || pairs().filter(|(one, other)| one.contents != other.contents);
    if differing().take(most + 1).count() > most {
        return false;
    }
    let mut found: Vec<(&str, &str)> = Vec::new();
    let (one_tree, other_tree) = (
        sources[one.place.source].tree,
        sources[other.place.source].tree,
    );
    differing().all(|(left, right)| {
        let left = one_tree.scalar_text(left.node);
        let texts = left.zip(other_tree.scalar_text(right.node));
        texts.is_some_and(|(left, right)| {
            parameters::compare_two(&mut found, left, right) && found.len() <= limits.parameters
        })
    })
}

/// The candidates that differ from the first in the same places as most others do, and the first.
fn alike<'one>(cluster: &[&'one Candidate]) -> Vec<&'one Candidate> {
    let first = cluster[0];
    let places = |other: &Candidate| {
        let pairs = first.scalars.iter().zip(&other.scalars).enumerate();
        pairs
            .filter(|(_, (one, other))| one.contents != other.contents)
            .fold(13, |hash, (position, _)| mix(hash, position as u64))
    };
    let mut by_places: ByHash<Vec<&Candidate>> = ByHash::default();
    for other in &cluster[1..] {
        by_places.entry(places(other)).or_default().push(other);
    }
    let largest = by_places
        .into_values()
        .max_by_key(|group| (group.len(), std::cmp::Reverse(group[0].place)));
    let mut largest = largest.unwrap_or_default();
    largest.insert(0, first);
    largest
}

fn compare(sources: &[Source<'_>], chosen: &[&Candidate], limits: Limits) -> Option<Similar> {
    let first = chosen.first()?;
    let mut found: Vec<Parameter> = Vec::new();
    for (position, scalar) in first.scalars.iter().enumerate() {
        if chosen
            .iter()
            .all(|other| other.scalars[position].contents == scalar.contents)
        {
            continue;
        }
        let text = |candidate: &&Candidate| {
            let tree = sources[candidate.place.source].tree;
            tree.scalar_text(candidate.scalars[position].node)
        };
        let texts: Option<Vec<&str>> = chosen.iter().map(text).collect();
        if !parameters::compare(&mut found, position, &texts?) || found.len() > limits.parameters {
            return None;
        }
    }
    Some(Similar {
        places: chosen.iter().map(|candidate| candidate.place).collect(),
        parameters: found,
        scalars: first.scalars.iter().map(|scalar| scalar.node).collect(),
    })
}

/// The scalars below a place that may differ, in the order of their paths: all but types, the ids of tasks, and
/// the names of a flow.
fn scalars(source: Source<'_>, place: &Place) -> Vec<Scalar> {
    let Source { tree, digests, .. } = source;
    let mut found = Vec::new();
    let mut pending = vec![(place.node, 17_u64)];
    while let Some((node, path)) = pending.pop() {
        if tree.is_scalar(node) {
            let contents = digests.contents(node);
            found.push(Scalar {
                path,
                contents,
                node,
            });
            continue;
        }
        let items = tree.items(node).zip(0_u64..);
        pending.extend(items.map(|(item, index)| (item, mix(path, index))));
        let entries = tree.entries(node);
        let has_type = entries
            .iter()
            .any(|entry| tree.scalar_text(entry.key) == Some("type"));
        for entry in entries {
            let key = tree.scalar_text(entry.key).unwrap_or_default();
            let is_name = match place.part {
                Part::Flow if node == place.node => super::digest::is_name(key),
                _ => has_type && matches!(key, "id" | "type"),
            };
            if !is_name {
                pending.push((entry.value, mix(path, super::digest::hash_text(key))));
            }
        }
    }
    found.sort_unstable_by_key(|scalar| scalar.path);
    found
}

/// Takes out of each group what stands inside the clones of a group before it.
fn leave_inner_out(sources: &[Source<'_>], groups: &mut Vec<Similar>, limits: Limits) {
    let mut covered: HashSet<(usize, TaskIndex)> = HashSet::new();
    groups.retain(|group| {
        let is_outside = |place: &&Place| match place.part {
            Part::Flow => true,
            Part::Task(task) => !sources[place.source]
                .flow
                .ancestors(task)
                .any(|outer| covered.contains(&(place.source, outer))),
        };
        let outside = group.places.iter().filter(is_outside).count();
        // What stands inside a larger group goes down to one with it.
        let inside = usize::from(outside < group.places.len());
        if outside == 0 || outside + inside < limits.occurrences {
            return false;
        }
        // Equal blocks are found as such.
        if !group.parameters.is_empty() {
            for place in &group.places {
                if let Part::Task(task) = place.part {
                    covered.insert((place.source, task));
                }
            }
        }
        true
    });
}

impl Similar {
    /// Whether all of them stand in one list, of which `tree` is the tree.
    pub fn list(&self, sources: &[Source<'_>]) -> Option<NodeId> {
        let list = |place: &Place| match place.part {
            Part::Task(task) => Some((place.source, sources[place.source].flow.task(task).list)),
            Part::Flow => None,
        };
        let first = self.places.first().and_then(list)?;
        let is_one = self.places.iter().all(|place| list(place) == Some(first));
        is_one.then_some(first.1)
    }

    /// The paths at which the clones differ, by keys and, in tasks that hold others, ids: `env.TABLE`.
    pub fn paths(&self, tree: &Tree) -> Vec<String> {
        let Some(first) = self.places.first() else {
            return Vec::new();
        };
        let mut spots: Vec<NodeId> = self
            .parameters
            .iter()
            .flat_map(|parameter| &parameter.spots)
            .map(|spot| self.scalars[spot.scalar])
            .collect();
        spots.sort_by_key(|node| tree.range(*node).start());
        let mut paths: Vec<String> = Vec::new();
        for node in spots {
            let path = path(tree, first.node, node);
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }

    /// Whether the values of a parameter may be shown: not where they are, or may be, credentials.
    pub fn may_show(&self, tree: &Tree, parameter: &Parameter) -> bool {
        parameter.spots.iter().all(|spot| {
            let node = self.scalars[spot.scalar];
            let key = tree.key_of(node).and_then(|key| tree.scalar_text(key));
            let text = tree.scalar_text(node).unwrap_or_default();
            key.is_none_or(|key| credentials::kind_of_property(key).is_none())
                && credentials::find(text).is_empty()
        }) && credentials::find(&parameter.distinct().join("\n")).is_empty()
    }

    /// Whether the values of all parameters may be shown.
    pub(super) fn may_show_all(&self, tree: &Tree) -> bool {
        let mut all = self.parameters.iter();
        all.all(|parameter| self.may_show(tree, parameter))
    }

    /// The lines that would go.
    pub fn saved(&self) -> u32 {
        let times = u32::try_from(self.places.len().saturating_sub(1)).unwrap_or(u32::MAX);
        self.places
            .first()
            .map_or(0, |first| first.lines.saturating_mul(times))
    }
}

fn path(tree: &Tree, top: NodeId, node: NodeId) -> String {
    let mut steps: Vec<&str> = Vec::new();
    let mut at = node;
    while at != top {
        let Some(parent) = tree.parent(at) else { break };
        if let Some(key) = tree.key_of(at).and_then(|key| tree.scalar_text(key)) {
            steps.push(key);
        }
        // A task inside is named by its id instead of the lists that lead to it.
        if parent != top
            && tree.get(parent, "type").is_some()
            && let Some(id) = tree.get_text(parent, "id")
        {
            steps.push(id);
            break;
        }
        at = parent;
    }
    steps.reverse();
    steps.join(".")
}
