//! How much data there is in each size.

/// A size of the generated data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Size {
    /// Only to see that the benchmark works.
    Xs,
    /// A department's campaign.
    S,
    /// A province's year.
    M,
    /// A province's ten years.
    L,
    /// One campaign with many drafts, for writers who meet in it.
    OneCampaign,
}

/// The numbers of a size.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    /// Departments that launch campaigns.
    pub departments: u64,
    /// Divisions of each.
    pub divisions: u64,
    /// Campaigns, all in force.
    pub campaigns: u64,
    /// Dossiers of five nominations each.
    pub submissions: u64,
    /// Reviews.
    pub reviews: u64,
    /// Journal entries, about; more where the changes of state alone are more.
    pub journal: u64,
    /// Further drafts for the operations that save and hand in drafts.
    pub drafts: u64,
    /// Numbered decisions for 100 nominees, each in a small campaign of its own.
    pub decisions: u64,
}

/// Nominations of a dossier.
pub const NOMINATIONS: u64 = 5;
/// Nominees of a stocked decision.
pub const NOMINEES: u64 = 100;

impl Size {
    /// The numbers of the size.
    pub const fn numbers(self) -> Numbers {
        match self {
            Self::Xs => Numbers::of([1, 2, 1, 20, 100, 1_000, 60, 2]),
            Self::S => Numbers::of([1, 5, 1, 100, 2_500, 10_000, 400, 24]),
            Self::M => Numbers::of([10, 10, 50, 20_000, 500_000, 500_000, 3_000, 24]),
            Self::L => Numbers::of([20, 10, 200, 200_000, 5_000_000, 2_000_000, 3_000, 24]),
            Self::OneCampaign => Numbers::of([1, 5, 1, 100, 2_500, 10_000, 12_000, 1]),
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Xs => "xs",
            Self::S => "s",
            Self::M => "m",
            Self::L => "l",
            Self::OneCampaign => "one",
        }
    }
}

impl Numbers {
    /// The numbers in the order of their members.
    const fn of(numbers: [u64; 8]) -> Self {
        let [
            departments,
            divisions,
            campaigns,
            submissions,
            reviews,
            journal,
            drafts,
            decisions,
        ] = numbers;
        Self {
            departments,
            divisions,
            campaigns,
            submissions,
            reviews,
            journal,
            drafts,
            decisions,
        }
    }

    /// Dossiers of each campaign, drafts in stock left out.
    pub const fn per_campaign(&self) -> u64 {
        self.submissions / self.campaigns
    }

    /// Drafts in stock of each campaign.
    pub const fn drafts_per_campaign(&self) -> u64 {
        self.drafts.div_ceil(self.campaigns)
    }
}
