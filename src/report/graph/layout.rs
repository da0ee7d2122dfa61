//! Where the flows of a graph stand: callers on the left, what they start on their right.
//!
//! Each group of connected flows is layered by its longest paths; within a layer flows stand near those that they
//! are connected with. A layer that would become a tower is broken into several columns, so that thousands
//! of callers of one flow still fit a screen. Everything is decided by the order of the flows: the
//! same graph always looks the same.

use std::collections::VecDeque;

/// The width that a flow takes with its distance to the next column, in the page's units.
pub(super) const COLUMN: i32 = 270;
/// The distance of the columns of one layer.
const INNER_COLUMN: i32 = 220;
/// The height that a flow takes with its distance to the next one.
pub(super) const ROW: i32 = 40;
/// The distance of groups.
const GAP: i32 = 100;
/// The width of the whole divided by its height that is aimed at: a screen with a panel at its side.
const SHAPE: f64 = 1.4;
/// A layer of at most this number of flows is never broken.
const FEWEST_ROWS: usize = 14;
/// How often the order within layers is improved.
const SWEEPS: usize = 6;

/// A place: the middle of the flow's left edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Point {
    pub(super) x: i32,
    pub(super) y: i32,
}

/// The places of flows that are connected by edges from the one that starts to the one that is started.
pub(super) fn layout(flows: usize, edges: &[(usize, usize)]) -> Vec<Point> {
    let mut edges: Vec<(usize, usize)> = edges.iter().copied().filter(|(a, b)| a != b).collect();
    edges.sort_unstable();
    edges.dedup();
    let groups = groups(flows, &edges);
    let mut places = vec![Point::default(); flows];
    let mut blocks: Vec<Block> = Vec::new();
    let mut alone = Vec::new();
    let mut local = vec![0; flows];
    let mut edges_of = vec![Vec::new(); groups.len()];
    let mut group_of = vec![0; flows];
    for (number, group) in groups.iter().enumerate() {
        for (index, flow) in group.iter().enumerate() {
            local[*flow] = index;
            group_of[*flow] = number;
        }
    }
    for (from, to) in edges {
        edges_of[group_of[from]].push((local[from], local[to]));
    }
    for (group, edges) in groups.into_iter().zip(&edges_of) {
        if let [flow] = group.as_slice() {
            alone.push(*flow);
        } else {
            blocks.push(Block::of(group, edges));
        }
    }
    pack(&mut blocks, alone, &mut places);
    places
}

/// Flows that are connected, directly or through others, whatever the direction.
fn groups(flows: usize, edges: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut neighbours = vec![Vec::new(); flows];
    for (from, to) in edges {
        neighbours[*from].push(*to);
        neighbours[*to].push(*from);
    }
    let mut seen = vec![false; flows];
    let mut groups = Vec::new();
    for first in 0..flows {
        if std::mem::replace(&mut seen[first], true) {
            continue;
        }
        let mut group = vec![first];
        let mut next = 0;
        while let Some(flow) = group.get(next).copied() {
            next += 1;
            for neighbour in &neighbours[flow] {
                if !std::mem::replace(&mut seen[*neighbour], true) {
                    group.push(*neighbour);
                }
            }
        }
        group.sort_unstable();
        groups.push(group);
    }
    groups
}

/// A group with the places of its flows from its upper left corner.
struct Block {
    flows: Vec<usize>,
    places: Vec<Point>,
    width: i32,
    height: i32,
}

impl Block {
    fn of(flows: Vec<usize>, edges: &[(usize, usize)]) -> Self {
        let edges = without_circles(flows.len(), edges);
        let mut layers = Layering::new(flows.len(), &edges);
        layers.order();
        let places = layers.places();
        let right = places.iter().map(|place| place.x).max().unwrap_or(0);
        let bottom = places.iter().map(|place| place.y).max().unwrap_or(0);
        Self {
            flows,
            places,
            width: right + COLUMN,
            height: bottom + ROW,
        }
    }
}

/// How far a walk is with a flow.
#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

/// The edges with those that close a circle turned round.
fn without_circles(flows: usize, edges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut callees = vec![Vec::new(); flows];
    let mut called = vec![false; flows];
    for (from, to) in edges {
        callees[*from].push(*to);
        called[*to] = true;
    }
    let mut states = vec![State::New; flows];
    let mut turned = Vec::with_capacity(edges.len());
    let starts = (0..flows).filter(|flow| !called[*flow]);
    // Flows that nothing starts come first: what they reach is on the way down from them.
    for start in starts.chain(0..flows) {
        if states[start] != State::New {
            continue;
        }
        states[start] = State::Open;
        let mut path = vec![(start, 0)];
        while let Some((flow, next)) = path.last_mut() {
            let Some(callee) = callees[*flow].get(*next).copied() else {
                states[*flow] = State::Done;
                path.pop();
                continue;
            };
            *next += 1;
            let flow = *flow;
            if states[callee] == State::Open {
                turned.push((callee, flow));
            } else {
                turned.push((flow, callee));
                if states[callee] == State::New {
                    states[callee] = State::Open;
                    path.push((callee, 0));
                }
            }
        }
    }
    turned
}

/// The layers of a group.
struct Layering {
    /// For each flow the flows to its left and to its right.
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
    /// The flows of each layer from top to bottom.
    layers: Vec<Vec<usize>>,
    layer_of: Vec<usize>,
    /// For each flow where it stands in its layer.
    rank: Vec<usize>,
}

impl Layering {
    fn new(flows: usize, edges: &[(usize, usize)]) -> Self {
        let mut before = vec![Vec::new(); flows];
        let mut after = vec![Vec::new(); flows];
        for (from, to) in edges {
            after[*from].push(*to);
            before[*to].push(*from);
        }
        let layer_of = longest_paths(&before, &after);
        let last = layer_of.iter().copied().max().unwrap_or(0);
        let mut layers = vec![Vec::new(); last + 1];
        let mut rank = vec![0; flows];
        for (flow, layer) in layer_of.iter().enumerate() {
            rank[flow] = layers[*layer].len();
            layers[*layer].push(flow);
        }
        Self {
            before,
            after,
            layers,
            layer_of,
            rank,
        }
    }

    /// Moves flows near those that they are connected with, from the left and from the right in turn.
    fn order(&mut self) {
        for sweep in 0..SWEEPS {
            let from_left = sweep % 2 == 0;
            for step in 0..self.layers.len() {
                let layer = if from_left {
                    step
                } else {
                    self.layers.len() - 1 - step
                };
                self.order_layer(layer, from_left);
            }
        }
    }

    fn order_layer(&mut self, layer: usize, from_left: bool) {
        let flows = std::mem::take(&mut self.layers[layer]);
        let mut wanted: Vec<(f64, usize)> = flows
            .iter()
            .map(|flow| (self.middle(*flow, from_left), *flow))
            .collect();
        // Stable: flows of the same wish keep their order.
        wanted.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (rank, (_, flow)) in wanted.iter().enumerate() {
            self.rank[*flow] = rank;
        }
        self.layers[layer] = wanted.into_iter().map(|(_, flow)| flow).collect();
    }

    /// The mean height of a flow's neighbours, from 0 to 1; its own where it has none on that side.
    fn middle(&self, flow: usize, from_left: bool) -> f64 {
        let neighbours = if from_left {
            &self.before[flow]
        } else {
            &self.after[flow]
        };
        let height = |flow: usize| {
            let layer = self.layers[self.layer_of[flow]].len();
            (real(self.rank[flow]) + 0.5) / real(layer.max(1))
        };
        if neighbours.is_empty() {
            return height(flow);
        }
        let sum: f64 = neighbours.iter().map(|flow| height(*flow)).sum();
        sum / real(neighbours.len())
    }

    /// The places of the flows.
    fn places(&self) -> Vec<Point> {
        let rows = self.rows();
        let mut places = vec![Point::default(); self.rank.len()];
        let mut left = 0;
        for layer in &self.layers {
            let columns = layer.len().div_ceil(rows).max(1);
            let height = layer.len().div_ceil(columns);
            let top = (whole(rows) - whole(height)) * ROW / 2;
            for (index, flow) in layer.iter().enumerate() {
                places[*flow] = Point {
                    x: left + whole(index % columns) * INNER_COLUMN,
                    y: top + whole(index / columns) * ROW,
                };
            }
            left += whole(columns - 1) * INNER_COLUMN + COLUMN;
        }
        if rows == self.tallest() {
            self.align(&mut places);
        }
        let top = places.iter().map(|place| place.y).min().unwrap_or(0);
        for place in &mut places {
            place.y -= top;
        }
        places
    }

    fn tallest(&self) -> usize {
        self.layers.iter().map(Vec::len).max().unwrap_or(1)
    }

    /// The number of rows with which the whole gets about the wanted shape.
    fn rows(&self) -> usize {
        let tallest = self.tallest();
        let fits = |rows: usize| {
            let columns = self.layers.iter().map(|layer| layer.len().div_ceil(rows));
            let width: usize = columns.sum::<usize>() * 250;
            real(width) <= SHAPE * real(rows) * f64::from(ROW)
        };
        let (mut low, mut high) = (FEWEST_ROWS.min(tallest), tallest);
        // More rows never make it wider.
        while low < high {
            let middle = low.midpoint(high);
            if fits(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// Moves flows to the height of those that they are connected with, as far as there is room; their
    /// order stays.
    fn align(&self, places: &mut [Point]) {
        for sweep in 0..SWEEPS {
            for step in 0..self.layers.len() {
                let layer = if sweep % 2 == 0 {
                    step
                } else {
                    self.layers.len() - 1 - step
                };
                let flows = &self.layers[layer];
                let wanted: Vec<f64> = flows
                    .iter()
                    .map(|flow| {
                        let neighbours = self.before[*flow].iter().chain(&self.after[*flow]);
                        let heights: Vec<i32> =
                            neighbours.map(|neighbour| places[*neighbour].y).collect();
                        let sum: f64 = heights.iter().map(|height| f64::from(*height)).sum();
                        sum / real(heights.len().max(1))
                    })
                    .collect();
                for (flow, height) in flows.iter().zip(spread(&wanted)) {
                    places[*flow].y = height;
                }
            }
        }
    }
}

/// Heights as near as can be to the wanted ones, in the same order and at least a row apart: wishes that
/// cannot be met together are met in the mean.
fn spread(wanted: &[f64]) -> Vec<i32> {
    let row = f64::from(ROW);
    let mut runs: Vec<(f64, usize)> = Vec::new();
    for (index, height) in wanted.iter().enumerate() {
        let mut run = (height - real(index) * row, 1);
        while let Some(last) = runs.last().filter(|last| last.0 > run.0) {
            let size = last.1 + run.1;
            run = (
                (last.0 * real(last.1) + run.0 * real(run.1)) / real(size),
                size,
            );
            runs.pop();
        }
        runs.push(run);
    }
    let heights = runs
        .into_iter()
        .flat_map(|(height, size)| std::iter::repeat_n(height, size));
    heights
        .enumerate()
        .map(|(index, height)| rounded(height) + whole(index) * ROW)
        .collect()
}

/// The layer of each flow: one behind the last of those that start it; flows that nothing starts stand
/// just before the first that they start.
fn longest_paths(before: &[Vec<usize>], after: &[Vec<usize>]) -> Vec<usize> {
    let mut waits: Vec<usize> = before.iter().map(Vec::len).collect();
    let first = (0..waits.len()).filter(|flow| waits[*flow] == 0);
    let mut ready: VecDeque<usize> = first.collect();
    let mut layers = vec![0_usize; waits.len()];
    while let Some(flow) = ready.pop_front() {
        for next in &after[flow] {
            layers[*next] = layers[*next].max(layers[flow] + 1);
            waits[*next] -= 1;
            if waits[*next] == 0 {
                ready.push_back(*next);
            }
        }
    }
    for flow in 0..layers.len() {
        let nearest = after[flow].iter().map(|next| layers[*next]).min();
        if let (true, Some(nearest)) = (before[flow].is_empty(), nearest) {
            layers[flow] = nearest.saturating_sub(1);
        }
    }
    layers
}

/// Puts groups side by side in shelves, the tallest first, and the flows that stand alone below them.
fn pack(blocks: &mut [Block], alone: Vec<usize>, places: &mut [Point]) {
    // Stable: groups of the same size keep the order of their first flows.
    blocks.sort_by_key(|block| std::cmp::Reverse(block.height));
    let width = best_width(blocks, alone.len());
    let (corners, bottom) = shelves(blocks, width);
    for (block, corner) in blocks.iter().zip(corners) {
        for (flow, place) in block.flows.iter().zip(&block.places) {
            places[*flow] = Point {
                x: corner.x + place.x,
                y: corner.y + place.y,
            };
        }
    }
    let across = (width / INNER_COLUMN).max(1);
    for (index, flow) in alone.into_iter().enumerate() {
        places[flow] = Point {
            x: (whole(index) % across) * INNER_COLUMN,
            y: bottom + (whole(index) / across) * ROW,
        };
    }
}

/// The width of the shelves with which the whole fills a screen best.
fn best_width(blocks: &[Block], alone: usize) -> i32 {
    let columns = real(alone) * f64::from(INNER_COLUMN) * f64::from(ROW);
    let areas = blocks
        .iter()
        .map(|block| f64::from(block.width + GAP) * f64::from(block.height + GAP));
    let start = ((columns + areas.sum::<f64>()) * SHAPE).sqrt();
    let widest = blocks.iter().map(|block| block.width).max().unwrap_or(0);
    let steps = [0.8, 1.0, 1.2, 1.45, 1.75, 2.1];
    let widths = steps.map(|step| rounded(start * step).max(widest));
    let scale = |width: i32| {
        let (corners, bottom) = shelves(blocks, width);
        let rights = corners.iter().zip(blocks);
        let right = rights.map(|(corner, block)| corner.x + block.width).max();
        let across = (width / INNER_COLUMN).max(1);
        let bottom = bottom + (whole(alone) / across) * ROW;
        let right = right
            .unwrap_or(0)
            .max(whole(alone).min(across) * INNER_COLUMN);
        (f64::from(right) / SHAPE).max(f64::from(bottom))
    };
    let best = widths.into_iter();
    let best = best.min_by(|one, other| scale(*one).total_cmp(&scale(*other)));
    best.unwrap_or(widest)
}

/// The upper left corners of groups in shelves of a width, and where the next shelf would begin.
fn shelves(blocks: &[Block], width: i32) -> (Vec<Point>, i32) {
    let (mut left, mut top, mut height) = (0, 0, 0);
    let mut corners = Vec::with_capacity(blocks.len());
    for block in blocks {
        if left > 0 && left + block.width > width {
            (left, top, height) = (0, top + height + GAP, 0);
        }
        corners.push(Point { x: left, y: top });
        left += block.width + GAP;
        height = height.max(block.height);
    }
    let bottom = if blocks.is_empty() {
        0
    } else {
        top + height + GAP
    };
    (corners, bottom)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "no graph is that large, and a cast saturates"
)]
fn rounded(length: f64) -> i32 {
    length.round() as i32
}

fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of flows are far below 2^52"
)]
fn real(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn callers_stand_left_of_what_they_start() {
        let edges = [(0, 1), (1, 2), (0, 2), (3, 2)];
        let places = layout(5, &edges);
        for (from, to) in edges {
            assert!(places[from].x < places[to].x, "{places:?}");
        }
        // What only starts the last stands beside the middle one, not at the far left.
        assert_eq!(places[3].x, places[1].x);
        // What stands alone stands below.
        assert!(places[4].y > places[..4].iter().map(|place| place.y).max().unwrap());
    }

    #[test]
    fn circles_end() {
        let places = layout(3, &[(0, 1), (1, 2), (2, 0), (1, 1)]);
        let columns: BTreeSet<i32> = places.iter().map(|place| place.x).collect();
        assert_eq!(columns.len(), 3);
    }

    #[test]
    fn no_two_flows_stand_on_each_other() {
        // A flow that thousands call, chains, small groups and flows that stand alone.
        let mut edges: Vec<(usize, usize)> = (1..2000).map(|flow| (flow, 0)).collect();
        edges.extend((0..500).map(|flow| (flow + 1, flow + 2)));
        edges.extend((2001..2400).step_by(3).map(|flow| (flow, flow + 1)));
        let places = layout(2500, &edges);
        let taken: BTreeSet<(i32, i32)> = places
            .iter()
            .map(|place| (place.x / 200, place.y / ROW))
            .collect();
        assert!(taken.len() * 10 > places.len() * 9);
        let mut sorted: Vec<&Point> = places.iter().collect();
        sorted.sort_by_key(|place| (place.x, place.y));
        for pair in sorted.windows(2) {
            assert!(
                pair[0].x != pair[1].x || pair[1].y - pair[0].y >= ROW,
                "{pair:?}"
            );
        }
    }

    #[test]
    fn a_tower_is_broken_into_columns() {
        let edges: Vec<(usize, usize)> = (1..3000).map(|flow| (flow, 0)).collect();
        let places = layout(3000, &edges);
        let width = f64::from(places.iter().map(|place| place.x).max().unwrap());
        let height = f64::from(places.iter().map(|place| place.y).max().unwrap());
        assert!((0.8..3.0).contains(&(width / height)), "{width} × {height}");
    }

    #[test]
    fn wishes_that_collide_are_met_in_the_mean() {
        assert_eq!(spread(&[0.0, 0.0, 0.0]), [-ROW, 0, ROW]);
        assert_eq!(spread(&[0.0, 500.0]), [0, 500]);
    }
}
