use terms::named;

named! {
    /// What a restoration is for.
    Kind("kind of restoration") {
        /// Settlements that got no receipt: a bank's registry never reached the books.
        Lost = "lost",
        /// Receipts that say something wrong.
        Fix = "fix",
    }
}

named! {
    /// How fast a restoration goes when it would take a register over the greatest share of
    /// corrections or returns (receipt rules §4.5). It is chosen when it is run.
    Pace("pace") {
        /// It waits until the share allows more.
        Spread = "spread",
        /// It goes on; the tax office gets the covering letter with the document set.
        AtOnce = "at-once",
    }
}
