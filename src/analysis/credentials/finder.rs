//! Where in a text a credential may stand: the landmarks that are looked for, all in one pass.

use std::sync::LazyLock;

use super::formats::{FORMATS, Format};

/// Words that are looked for beside the beginnings of [`FORMATS`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Landmark {
    Form(&'static Format),
    /// `-----BEGIN … PRIVATE KEY`
    PrivateKey,
    /// `eyJ…`: three parts, each Base64 of JSON.
    JsonWebToken,
    /// `123456789:AA…`
    TelegramToken,
    /// `scheme://user:password@host`
    Url,
    /// `Bearer …`, `Basic …`
    Scheme,
    /// `;password=…` of a connection string.
    ConnectionPassword,
    /// The end of a name such as `db_password`, which a script may give a value.
    Name,
}

const LANDMARKS: [(&str, Landmark); 31] = [
    ("-----BEGIN ", Landmark::PrivateKey),
    ("eyJ", Landmark::JsonWebToken),
    (":AA", Landmark::TelegramToken),
    ("://", Landmark::Url),
    ("Bearer ", Landmark::Scheme),
    ("bearer ", Landmark::Scheme),
    ("Basic ", Landmark::Scheme),
    ("basic ", Landmark::Scheme),
    ("password=", Landmark::ConnectionPassword),
    ("Password=", Landmark::ConnectionPassword),
    ("PASSWORD=", Landmark::ConnectionPassword),
    ("pwd=", Landmark::ConnectionPassword),
    ("Pwd=", Landmark::ConnectionPassword),
    ("assword", Landmark::Name),
    ("ASSWORD", Landmark::Name),
    ("asswd", Landmark::Name),
    ("ASSWD", Landmark::Name),
    ("assphrase", Landmark::Name),
    ("ASSPHRASE", Landmark::Name),
    ("ecret", Landmark::Name),
    ("ECRET", Landmark::Name),
    ("oken", Landmark::Name),
    ("OKEN", Landmark::Name),
    ("api_key", Landmark::Name),
    ("API_KEY", Landmark::Name),
    ("apiKey", Landmark::Name),
    ("api-key", Landmark::Name),
    ("access_key", Landmark::Name),
    ("ACCESS_KEY", Landmark::Name),
    ("secret_key", Landmark::Name),
    ("SECRET_KEY", Landmark::Name),
];

/// A landmark in a text, by its number in [`Finder::landmarks`].
pub(super) struct Hit {
    pub(super) landmark: usize,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Bytes of a landmark by which its group is found.
const KEY: usize = 3;
/// Bits of the number of a slot.
const SLOT_BITS: u32 = 12;

/// Looks for all landmarks in one pass, also for those inside each other. A text of a flow holds few of them, and
/// every text is searched: an automaton for overlapping matches takes twice as long.
pub(super) struct Finder {
    pub(super) landmarks: Vec<(&'static str, Landmark)>,
    /// By the hash of three bytes the group of the landmarks that may begin with them; none is zero.
    slots: [u8; 1 << SLOT_BITS],
    groups: Vec<Vec<usize>>,
}

pub(super) static FINDER: LazyLock<Finder> = LazyLock::new(|| {
    let forms = FORMATS
        .iter()
        .map(|format| (format.beginning, Landmark::Form(format)));
    Finder::new(forms.chain(LANDMARKS).collect())
});

/// The slot of the first three bytes of a window; the fourth is there to be read at once with them.
#[inline]
fn slot(window: [u8; KEY + 1]) -> usize {
    let key = u32::from_le_bytes(window) << 8;
    (key.wrapping_mul(0x9e37_79b1) >> (u32::BITS - SLOT_BITS)) as usize
}

/// The three bytes with which a landmark may begin: of a short one with what follows it.
fn keys(text: &str, landmark: Landmark) -> Vec<[u8; KEY]> {
    match *text.as_bytes() {
        [first, second, third, ..] => vec![[first, second, third]],
        [first, second] => (0..=u8::MAX)
            .filter(|byte| match landmark {
                Landmark::Form(format) => format.alphabet.allows(*byte),
                _ => true,
            })
            .map(|third| [first, second, third])
            .collect(),
        _ => Vec::new(),
    }
}

impl Finder {
    fn new(landmarks: Vec<(&'static str, Landmark)>) -> Self {
        let mut slots = [0; 1 << SLOT_BITS];
        let mut groups: Vec<Vec<usize>> = vec![Vec::new()];
        for (index, (text, landmark)) in landmarks.iter().enumerate() {
            for [first, second, third] in keys(text, *landmark) {
                let group = &mut slots[slot([first, second, third, 0])];
                if *group == 0 {
                    // Groups that have no number of their own share the last one.
                    *group = u8::try_from(groups.len()).unwrap_or(u8::MAX);
                    if usize::from(*group) == groups.len() {
                        groups.push(Vec::new());
                    }
                }
                let members = &mut groups[usize::from(*group)];
                if !members.contains(&index) {
                    members.push(index);
                }
            }
        }
        Self {
            landmarks,
            slots,
            groups,
        }
    }

    /// All landmarks of a text, by their ends, of those that end together the longest first.
    pub(super) fn find(&self, text: &str) -> Vec<Hit> {
        let mut hits = Vec::new();
        // Behind the beginning of a credential comes more: what ends a text begins nothing.
        for (start, window) in text.as_bytes().array_windows().enumerate() {
            let group = self.slots[slot(*window)];
            if group != 0 {
                self.verify(text, start, group, &mut hits);
            }
        }
        hits.sort_by_key(|hit| (hit.end, hit.start));
        hits
    }

    fn verify(&self, text: &str, start: usize, group: u8, hits: &mut Vec<Hit>) {
        let Some(rest) = text.as_bytes().get(start..) else {
            return;
        };
        for landmark in &self.groups[usize::from(group)] {
            let (beginning, _) = self.landmarks[*landmark];
            if rest.starts_with(beginning.as_bytes()) {
                hits.push(Hit {
                    landmark: *landmark,
                    start,
                    end: start + beginning.len(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A form of two letters goes on with one of its own, and what ends the text is none.
    fn is_worth_a_look(text: &str, start: usize, landmark: Landmark) -> bool {
        let goes_on = match landmark {
            Landmark::Form(format) if format.beginning.len() < KEY => {
                let next = text.as_bytes().get(start + format.beginning.len());
                next.is_some_and(|byte| format.alphabet.allows(*byte))
            }
            _ => true,
        };
        goes_on && start + KEY < text.len()
    }

    /// What a search without any cleverness finds.
    fn simple(text: &str) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for (beginning, landmark) in &FINDER.landmarks {
            let starts = (0..text.len())
                .filter(|start| text.as_bytes()[*start..].starts_with(beginning.as_bytes()));
            let starts = starts.filter(|start| is_worth_a_look(text, *start, *landmark));
            found.extend(starts.map(|start| (start + beginning.len(), start)));
        }
        found.sort_unstable();
        found
    }

    #[test]
    fn all_landmarks_are_found_wherever_they_stand() {
        let mut texts: Vec<String> = Vec::new();
        for (beginning, _) in &FINDER.landmarks {
            texts.push(format!("{beginning}0"));
            texts.push(format!("é{beginning}{beginning}0"));
            texts.push(format!("ab {beginning} sk-sk-ant-\npassword=token:AAeyJ0"));
        }
        texts.extend(["", "S", "é", "okes"].map(str::to_owned));
        for text in texts {
            let found: Vec<(usize, usize)> = FINDER
                .find(&text)
                .iter()
                .map(|hit| (hit.end, hit.start))
                .collect();
            assert_eq!(found, simple(&text), "{text}");
        }
    }
}
