//! What is known of a call before it is heard, and from whom.
//!
//! From the weakest word to the strongest: the `[[source]]` of the configuration, the recording's name, the journal of the
//! exchange, the sidecar beside the recording. The configuration speaks of a whole folder; the name was written before
//! anybody knew who would answer; the journal knows that; and a sidecar is somebody's word on this one call. (What a
//! `*.dialogue.json` says itself is above all of them.)

use crate::batch::{Half, Profile, beside, without_half};
use crate::call::{CallInfo, Zone};
use crate::config::{Options, Origin, SourceOptions};
use crate::naming::Told;
use crate::warning::Warning;

impl Options {
    /// What is known of the recording at `path` (with `/` between its parts) before it is read, without a journal.
    pub fn profile(&self, path: &str) -> Profile {
        let (name, warnings) = self.told_by_name(path);
        self.profile_with(path, name, warnings)
    }

    /// What is known of the recording at `path` where `told` is what name and journal say together, with their warnings.
    ///
    /// A side said by flag or environment holds for every recording, a source's before the file's general one.
    pub fn profile_with(&self, path: &str, told: CallInfo, mut warnings: Vec<Warning>) -> Profile {
        let source = self.source_of(path);
        let said = CallInfo {
            direction: source.and_then(|source| source.direction),
            ..CallInfo::default()
        };
        let sidecar = beside(path, &self.roster).unwrap_or_else(|why| {
            warnings.push(Warning::SidecarUnusable { why });
            None
        });
        let call = sidecar.unwrap_or_default().over(told).over(said);
        let own = source.and_then(|source| source.channels);
        let channels = match self.channels.origin {
            Origin::Flag | Origin::Environment => self.channels.value,
            Origin::File | Origin::Default => own.unwrap_or(self.channels.value),
        };
        let direction = call.direction;
        Profile {
            call,
            warnings,
            manager_channel: channels.of(direction),
            manager_half: source
                .and_then(|source| source.pair_manager)
                .unwrap_or_else(|| Half::of_manager(direction)),
        }
    }

    /// What the name of the recording at `path` tells, and what the reader must know of that.
    pub fn told_by_name(&self, path: &str) -> (CallInfo, Vec<Warning>) {
        let asked = self.source_of(path).and_then(|source| source.names.as_ref());
        let asked = asked.or(self.names.as_ref());
        let names = asked.map_or(&self.automatic_names, |asked| &asked.names);
        let read = |path: &str| names.read(path, self.zone_of(path), &self.roster);
        let plain = path.strip_suffix(".dialogue.json").unwrap_or(path);
        let told = match (read(plain), without_half(plain)) {
            (Told::Nothing, Some(whole)) => read(&whole),
            (told, _) => told,
        };
        match told {
            Told::Facts(info, None) => (*info, Vec::new()),
            Told::Facts(info, Some(minutes)) => (*info, vec![Warning::ZoneDoubtful { minutes }]),
            Told::Ambiguous => (CallInfo::default(), vec![Warning::NameAmbiguous]),
            Told::Nothing if names.is_asked_for() => {
                (CallInfo::default(), vec![Warning::NameNotUnderstood])
            }
            Told::Nothing => (CallInfo::default(), Vec::new()),
        }
    }

    /// The zone of the clock in the name of the recording at `path`.
    pub fn zone_of(&self, path: &str) -> &Zone {
        let own = self.source_of(path).and_then(|source| source.timezone.as_ref());
        own.unwrap_or(&self.timezone.value)
    }

    fn source_of(&self, path: &str) -> Option<&SourceOptions> {
        self.sources.iter().find(|source| source.files.fits(path))
    }
}
