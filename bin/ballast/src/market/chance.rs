//! Chance that is the same for the same seed, on every machine.

/// A stream of numbers that look random and follow from a seed alone (SplitMix64).
#[derive(Clone, Debug)]
pub struct Chance {
    state: u64,
}

impl Chance {
    /// The stream of `seed`.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A stream of its own for `purpose`, so that a further draw in one place changes nothing in another.
    #[must_use]
    pub fn fork(seed: u64, purpose: u64) -> Self {
        let mut mixed = Self::new(seed ^ purpose.wrapping_mul(0xd134_2543_de82_ef95));
        Self::new(mixed.next())
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From zero to one, one not included.
    pub fn unit(&mut self) -> f64 {
        // 53 bits fill the mantissa exactly.
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From `low` to `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// An index below `count`, which must be more than zero.
    pub fn below(&mut self, count: usize) -> usize {
        // Far fewer than 2^32 choices: the bias of the remainder is nothing here.
        (self.next() % count.max(1) as u64) as usize
    }

    /// Whether something of this probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// Normal, mean zero, deviation one (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn equal_seeds_give_equal_streams_and_purposes_differ() {
        let draw = |mut chance: Chance| (0..8).map(|_| chance.next()).collect::<Vec<_>>();
        assert_eq!(draw(Chance::new(7)), draw(Chance::new(7)));
        assert_ne!(draw(Chance::new(7)), draw(Chance::new(8)));
        assert_ne!(draw(Chance::fork(7, 1)), draw(Chance::fork(7, 2)));
    }

    #[test]
    fn draws_stay_in_their_ranges_and_spread_over_them() {
        let mut chance = Chance::new(1);
        let count = 20_000;
        let (mut sum, mut square, mut low) = (0.0, 0.0, 0);
        for _ in 0..count {
            let unit = chance.unit();
            assert!((0.0..1.0).contains(&unit));
            low += usize::from(unit < 0.25);
            assert!(chance.below(3) < 3);
            let normal = chance.normal();
            sum += normal;
            square += normal * normal;
        }
        assert!((4_700..5_300).contains(&low), "{low}");
        assert!((sum / f64::from(count)).abs() < 0.03);
        assert!((square / f64::from(count) - 1.0).abs() < 0.05);
    }
}
