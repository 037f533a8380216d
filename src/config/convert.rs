//! From the words of the file, and of the command line, to those of the program.

use crate::audio::ManagerChannel;
use crate::batch::Half;
use crate::call::Direction;
use crate::cli::{Lang, Side};
use crate::config::file::{
    ChannelSetting, DirectionName, FirmConfig, FirmName, LangName, PairHalf, SideName, SourceConfig,
};
use crate::config::{Channels, SourceOptions};
use crate::rules::Firm;

impl From<SideName> for ManagerChannel {
    fn from(side: SideName) -> Self {
        match side {
            SideName::Left => Self::Left,
            SideName::Right => Self::Right,
        }
    }
}

impl From<Side> for ManagerChannel {
    fn from(side: Side) -> Self {
        match side {
            Side::Left => Self::Left,
            Side::Right => Self::Right,
        }
    }
}

impl From<LangName> for Lang {
    fn from(lang: LangName) -> Self {
        match lang {
            LangName::Ru => Self::Ru,
            LangName::En => Self::En,
        }
    }
}

impl From<ChannelSetting> for Channels {
    fn from(setting: ChannelSetting) -> Self {
        match setting {
            ChannelSetting::Always(side) => Self::always(side.into()),
            ChannelSetting::ByDirection(sides) => {
                let (inbound, outbound) = (sides.inbound.into(), sides.outbound.into());
                let unknown = if inbound == outbound { inbound } else { ManagerChannel::default() };
                Self { inbound, outbound, unknown }
            }
        }
    }
}

impl From<&FirmConfig> for Firm {
    fn from(firm: &FirmConfig) -> Self {
        let names =
            |names: &[FirmName]| names.iter().map(|name| name.as_str().to_owned()).collect();
        Self {
            companies: names(&firm.companies),
            managers: names(&firm.managers),
            products: names(&firm.products),
        }
    }
}

impl From<&SourceConfig> for SourceOptions {
    fn from(source: &SourceConfig) -> Self {
        Self {
            files: source.files.clone(),
            direction: source.direction.map(|direction| match direction {
                DirectionName::In => Direction::Inbound,
                DirectionName::Out => Direction::Outbound,
            }),
            channels: source.manager_channel.map(Channels::from),
            pair_manager: source.pair_manager.map(|half| match half {
                PairHalf::In => Half::In,
                PairHalf::Out => Half::Out,
            }),
            names: source.names.clone(),
            timezone: source.timezone.as_ref().map(|zone| zone.0.clone()),
        }
    }
}
