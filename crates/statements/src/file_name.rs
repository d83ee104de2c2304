/// What the name of Sberbank's registry says: `[prefix_]ИНН_РАСЧСЧЕТ_N.txt`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RegistryName<'a> {
    /// The company's ИНН, 10 to 12 digits.
    pub inn: &'a str,
    /// The company's bank account, 20 digits.
    pub account: &'a str,
    /// The number of the registry.
    pub number: &'a str,
}

impl<'a> RegistryName<'a> {
    /// Reads a file's name, without folders; none if it is another one. Letters may be of either
    /// case.
    pub fn read(name: &'a str) -> Option<Self> {
        let (stem, ending) = name.rsplit_once('.')?;
        if !ending.eq_ignore_ascii_case("txt") {
            return None;
        }
        let mut parts = stem.rsplit('_');
        let (number, account, inn) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        let is_one = digits(number)
            && digits(account)
            && digits(inn)
            && account.len() == 20
            && (10..=12).contains(&inn.len());
        is_one.then_some(Self {
            inn,
            account,
            number,
        })
    }
}
