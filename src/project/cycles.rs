//! Flows that start each other in a circle.

use std::collections::{BTreeSet, HashMap, VecDeque};

use super::{MemberIndex, ProjectIndex, Start};

/// Circles of one knot of flows are reported up to this number: each that is mended may unveil others.
const MOST_OF_A_KNOT: usize = 32;

/// The circles among the starts that `admits` lets through: for each start the shortest one that it
/// closes, each circle once, beginning with its smallest flow. A flow that starts itself is one.
pub fn cycles(project: &ProjectIndex, admits: impl Fn(&Start) -> bool) -> Vec<Vec<Start>> {
    let knots = knots(project, &admits);
    let mut seen = BTreeSet::new();
    let mut of_knot: HashMap<u32, usize> = HashMap::new();
    for start in project.starts().iter().filter(|start| admits(start)) {
        let knot = knots[start.from];
        if knot != knots[start.to] {
            continue;
        }
        let found = of_knot.entry(knot).or_default();
        if *found >= MOST_OF_A_KNOT {
            continue;
        }
        let inside = |next: &Start| knots[next.to] == knot && admits(next);
        if let Some(mut cycle) = shortest_way(project, start, inside) {
            let smallest = (0..cycle.len()).min_by_key(|index| cycle[*index].from);
            cycle.rotate_left(smallest.unwrap_or_default());
            *found += usize::from(seen.insert(cycle));
        }
    }
    seen.into_iter().collect()
}

/// The circle that a start closes: it, and the shortest way back.
fn shortest_way(
    project: &ProjectIndex,
    start: &Start,
    inside: impl Fn(&Start) -> bool,
) -> Option<Vec<Start>> {
    if start.from == start.to {
        return Some(vec![*start]);
    }
    let mut reached: HashMap<MemberIndex, Start> = HashMap::new();
    let mut pending = VecDeque::from([start.to]);
    while let Some(member) = pending.pop_front() {
        for next in project.starts_of(member).iter().filter(|next| inside(next)) {
            if next.to == start.to || reached.contains_key(&next.to) {
                continue;
            }
            reached.insert(next.to, *next);
            if next.to == start.from {
                return Some(way_back(start, &reached));
            }
            pending.push_back(next.to);
        }
    }
    None
}

fn way_back(start: &Start, reached: &HashMap<MemberIndex, Start>) -> Vec<Start> {
    let mut way = Vec::new();
    let mut member = start.from;
    while let Some(step) = reached.get(&member) {
        way.push(*step);
        member = step.from;
    }
    way.push(*start);
    way.reverse();
    way
}

/// The strongly connected components: flows of one number reach each other. Tarjan's algorithm, with a
/// stack of our own.
fn knots(project: &ProjectIndex, admits: &impl Fn(&Start) -> bool) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    let count = project.len();
    let (mut order, mut low) = (vec![UNSEEN; count], vec![0_u32; count]);
    let mut knot = vec![UNSEEN; count];
    let (mut next_order, mut next_knot) = (0, 0);
    let mut open: Vec<MemberIndex> = Vec::new();
    let mut path: Vec<(MemberIndex, usize)> = Vec::new();
    for root in 0..count {
        if order[root] != UNSEEN {
            continue;
        }
        path.push((root, 0));
        while let Some((member, position)) = path.pop() {
            if position == 0 {
                (order[member], low[member]) = (next_order, next_order);
                next_order += 1;
                open.push(member);
            }
            let starts = project.starts_of(member);
            let step = (position..starts.len()).find(|index| {
                let start = &starts[*index];
                if !admits(start) {
                    return false;
                }
                if order[start.to] == UNSEEN {
                    return true;
                }
                if knot[start.to] == UNSEEN {
                    low[member] = low[member].min(order[start.to]);
                }
                false
            });
            if let Some(index) = step {
                path.push((member, index + 1));
                path.push((starts[index].to, 0));
                continue;
            }
            if low[member] == order[member] {
                while let Some(closed) = open.pop() {
                    knot[closed] = next_knot;
                    if closed == member {
                        break;
                    }
                }
                next_knot += 1;
            }
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[member]);
            }
        }
    }
    knot
}
