use super::*;

const SHIPPED: &str = include_str!("../../config/kassette.toml");

#[test]
fn the_shipped_file_is_a_configuration() {
    let setup = Config::parse(SHIPPED).unwrap().setup().unwrap();
    assert!(!setup.slots.is_empty());
}

#[test]
fn webhooks_are_read_and_their_secrets_are_never_quoted() {
    let with = |table: &str| {
        let config =
            format!("{SHIPPED}\n[[webhook]]\nname = \"b\"\nurl = \"https://b.example/\"\n{table}");
        Config::parse(&config).and_then(|config| {
            let outbox = config.outbox().map_err(|error| error.to_string())?;
            Ok((outbox, format!("{config:?}")))
        })
    };
    let good = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let (outbox, shown) =
        with(&format!("secret = [\"{good}\", \"{good}\"]\npaused = true")).unwrap();
    let webhook = &outbox.webhooks[0];
    assert_eq!((webhook.how.secrets.len(), webhook.paused), (2, true));
    assert_eq!(webhook.events, desk::EVENTS_DEFAULT);
    assert!(!shown.contains("MfKQ9r8") && !format!("{outbox:?}").contains("MfKQ9r8"));
    for (wrong, why) in [
        ("secret = \"hunter2hunter2\"", "whsec_"),
        ("secret_file = \"/nowhere/at/all\"", "/nowhere/at/all"),
        ("secret = \"x\"\nsecret_file = \"y\"", "not both"),
        ("events = [\"printed\"]", "«printed»"),
        ("timeout_seconds = 61", "1 to 60"),
    ] {
        let said = with(wrong).unwrap_err();
        assert!(
            said.contains(why) && !said.contains("hunter2"),
            "{wrong}: {said}"
        );
    }
}

#[test]
fn contracts_are_for_what_the_file_says() {
    let with = |outside: &str, days: u16| {
        let spoiled = SHIPPED
            .replace("outside = \"accept\"", &format!("outside = \"{outside}\""))
            .replace("notice_days = 30", &format!("notice_days = {days}"));
        let config = Config::parse(&spoiled).unwrap();
        config
            .setup()
            .map(|setup| setup.contracts)
            .map_err(|it| it.to_string())
    };
    let read = with("hold", 60).unwrap();
    assert_eq!(read.outside, desk::OutsideContract::Hold);
    assert_eq!(read.notice_days, 60);
    assert!(with("forbid", 30).unwrap_err().contains("accept"));
    assert!(with("hold", 400).unwrap_err().contains("366"));
}

#[test]
fn unknown_keys_are_refused_with_line_and_column() {
    let spoiled = SHIPPED.replace("\n[[ofd]]", "\n[[ofd]]\nadress = \"x\"");
    let message = Config::parse(&spoiled).unwrap_err();
    assert!(
        message.contains("adress") && message.contains("line"),
        "{message}"
    );
}

#[test]
fn the_one_table_of_older_files_is_refused_by_name() {
    let old = SHIPPED.replace("\n[[ofd]]", "\n[ofd]");
    let message = Config::parse(&old).unwrap_err();
    assert!(message.contains("write [[ofd]] instead"), "{message}");
    assert!(message.contains("line"), "{message}");
}

#[test]
fn of_several_operators_one_is_the_organisations_and_the_others_stay_known() {
    let second = "\n[[ofd]]\ninn = \"7704358518\"\nname = \"Другой ОФД\"\n\
                  address = \"127.0.0.1:7778\"\nsite = \"ofd.example.ru\"\n\n[[ofd]]";
    let two = SHIPPED.replacen("\n[[ofd]]", second, 1);
    let setup = |text: &str| Config::parse(text).unwrap().setup();
    let refused = setup(&two).unwrap_err().to_string();
    assert!(refused.contains("organisation.ofd"), "{refused}");

    let choose = |inn: &str| two.replacen("\n#ofd = ", &format!("\nofd = \"{inn}\"\n#"), 1);
    let chosen = setup(&choose("7704358518")).unwrap();
    assert_eq!(
        chosen.organisation.ofd.site.as_deref(),
        Some("ofd.example.ru")
    );
    let others: Vec<_> = chosen.other_operators.iter().map(|ofd| ofd.inn).collect();
    assert_eq!(others, ["7704211201".parse().unwrap()]);
    assert_eq!(chosen.operators().count(), 2);

    let refused = setup(&choose("7707083893")).unwrap_err().to_string();
    assert!(refused.contains("no [[ofd]] has this ИНН"), "{refused}");
    let twice = two.replace("7704358518", "7704211201");
    let refused = setup(&twice).unwrap_err().to_string();
    assert!(refused.contains("two tables"), "{refused}");
}

#[test]
fn a_slot_without_an_address_looks_for_its_drive() {
    let slots = SHIPPED.find("[[slot]]").unwrap();
    let text = format!(
        "{}[[slot]]\n[[slot]]\naddress = \"auto\"\n",
        &SHIPPED[..slots]
    );
    let setup = Config::parse(&text).unwrap().setup().unwrap();
    let addresses: Vec<_> = setup.slots.iter().map(|slot| &slot.address).collect();
    assert_eq!(
        addresses,
        [&SlotAddress::Automatic, &SlotAddress::Automatic]
    );
    assert_eq!(
        setup.ports,
        PortRules::default(),
        "the file shows the defaults"
    );
}

#[test]
fn values_that_cannot_be_are_refused() {
    for (from, to) in [
        ("utc_offset = \"+03:00\"", "utc_offset = \"Moscow\""),
        ("inn = \"", "inn = \"1"),
        ("tcp:", "udp:"),
        ("allow = [\"/", "allow = [\""),
        ("baud = 115200", "baud = 1"),
    ] {
        assert!(SHIPPED.contains(from), "{from}");
        let spoiled = SHIPPED.replace(from, to);
        let read = Config::parse(&spoiled).map(|config| config.setup().map(|_| ()));
        assert!(!matches!(read, Ok(Ok(()))), "{to}");
    }
}

#[test]
fn banks_are_read_with_their_passwords_and_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "secret\nnot this\n").unwrap();
    let bank = format!(
        "\n[[bank]]\nname = \"qiwi\"\nprotocol = \"osmp\"\npath = \"/pay/qiwi\"\n\
         from = [\"79.142.16.0/20\", \"10.0.0.7\"]\nlogin = \"qiwi\"\npassword_file = {:?}\n",
        file.display().to_string()
    );
    let read = |text: &str| {
        let config = Config::parse(&format!("{SHIPPED}{text}"))?;
        BankTable::read(&config.banks).map_err(|error| error.to_string())
    };
    let banks = read(&bank).unwrap();
    assert!(banks[0].login.is_some() && banks[0].max.to_string() == "100000.00");
    for (from, to, word) in [
        ("\"osmp\"", "\"http\"", "osmp"),
        ("10.0.0.7", "10.0.0.256", "10.0.0.256"),
        ("login = \"qiwi\"\n", "", "go together"),
        ("/password\"", "/absent\"", "absent"),
        ("from = [", "from = []\n#", "anywhere"),
        ("\"qiwi\"", "\"Qiwi\"", "Qiwi"),
    ] {
        assert!(bank.contains(from), "{from}");
        let error = read(&bank.replacen(from, to, 1)).unwrap_err();
        assert!(error.contains(word), "{error}");
    }
    let twice = read(&format!("{bank}{bank}")).unwrap_err();
    assert!(twice.contains("two banks"), "{twice}");
}

#[test]
fn the_shipped_file_shows_what_files_of_payments_become_by_default() {
    let shipped = Config::parse(SHIPPED).unwrap().setup().unwrap().statements;
    let default = desk::StatementRules::default();
    assert_eq!(format!("{shipped:?}"), format!("{default:?}"));
    assert!(Config::parse(SHIPPED).unwrap().statements.inbox().is_none());
}

#[test]
fn a_profile_is_read_from_the_left_and_from_the_right() {
    let begin = SHIPPED.find("#[[statements.profile]]").unwrap();
    let end = begin + SHIPPED[begin..].find("\n\n").unwrap();
    let example: Vec<&str> = SHIPPED[begin..end]
        .lines()
        .map(|line| line.trim_start_matches('#'))
        .filter(|line| !line.starts_with(' '))
        .collect();
    let example = example.join("\n");
    let with = |profile: &str| format!("{}{profile}{}", &SHIPPED[..begin], &SHIPPED[end..]);
    let rules = |text: &str| Config::parse(text).unwrap().setup().map(|it| it.statements);
    let profiles = rules(&with(&example)).unwrap().profiles;
    let profile = &profiles[0].profile;
    assert_eq!(
        (profile.fields, profile.columns.account.get()),
        ((13, 20), 6)
    );
    assert_eq!(
        (profile.columns.paid.get(), profile.columns.fee.get()),
        (-4, -2)
    );
    let file_name = profiles[0].file_name.as_ref().unwrap();
    assert!(file_name.is_match("meters_1.txt"));

    for (from, to, told) in [
        ("account = 6", "account = 0", "place of a field"),
        (
            "fields = [13, 20]",
            "fields = [13, 12]",
            "the least and the most",
        ),
        ("name = \"meters\"", "name = \"csv\"", "no kind of file"),
        ("sum = \"paid\"", "sum = \"all\"", "paid or transferred"),
        ("^meters_", "(", "file_name"),
    ] {
        assert!(example.contains(from), "{from}");
        let refused = rules(&with(&example.replace(from, to))).unwrap_err();
        assert!(refused.to_string().contains(told), "{told}: {refused}");
    }
    let bank = "[[bank]]\nname = \"qiwi\"\nprotocol = \"osmp\"\npath = \"/pay/qiwi\"\nfrom = [\"anywhere\"]";
    let with_bank = rules(&format!("{SHIPPED}\n{bank}")).unwrap();
    assert_eq!(with_bank.known_keys, ["{number}", "qiwi:{number}"]);
    let refused = rules(&with(&format!("{example}\n{example}"))).unwrap_err();
    assert!(refused.to_string().contains("two profiles"), "{refused}");
    for (from, to, told) in [
        (
            "our_accounts = []",
            "our_accounts = [\"40702x\"]",
            "our_accounts",
        ),
        (
            "business = \"skip\"",
            "business = \"no\"",
            "skip or include",
        ),
        (
            "unmatched = \"wait\"",
            "unmatched = \"no\"",
            "wait or unidentified",
        ),
        ("date = \"loaded\"", "date = \"no\"", "loaded or paid"),
        (
            "#known_keys = [\"{number}\", \"qiwi:{number}\"]",
            "known_keys = [\"osmp\"]",
            "known_keys",
        ),
        (
            "#account_patterns = ['(?i)абонент\\s+(\\d+)']",
            "account_patterns = ['\\d+']",
            "one pair",
        ),
    ] {
        assert!(SHIPPED.contains(from), "{from}");
        let refused = rules(&SHIPPED.replace(from, to)).unwrap_err();
        assert!(refused.to_string().contains(told), "{told}: {refused}");
    }
}

#[test]
fn backup_and_retention_are_read_and_what_cannot_be_is_refused() {
    let with = |text: &str| Config::parse(&format!("{text}\n{SHIPPED}")).unwrap();
    assert_eq!(
        with("").backup().unwrap(),
        None,
        "none is made unless it is said where"
    );
    let plan = with("[backup]\nfolder = \"/mnt/copies\"").backup();
    let plan = plan.unwrap().unwrap();
    assert_eq!((plan.at, plan.keep), ((3, 30), 14));
    for (keys, why) in [
        ("at = \"25:00\"", "such as 03:30"),
        ("at = \"noon\"", "such as 03:30"),
        ("keep = 0", "1 to 10000"),
    ] {
        let refused = with(&format!("[backup]\nfolder = \"/mnt/copies\"\n{keys}")).backup();
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(why), "{keys}: {refused}");
    }
    let retention = |from: &str, to: &str| {
        assert!(SHIPPED.contains(from), "{from}");
        Config::parse(&SHIPPED.replace(from, to))
            .unwrap()
            .retention()
    };
    let shipped = Config::parse(SHIPPED).unwrap().retention().unwrap();
    assert_eq!(
        shipped,
        desk::Retention::default(),
        "the file shows the defaults"
    );
    let for_ever = retention("letters_days = 365", "letters_days = 0").unwrap();
    assert_eq!(
        (for_ever.letters_days, for_ever.sessions_days),
        (None, Some(365))
    );
    let refused = retention("sessions_days = 365", "sessions_days = 7").unwrap_err();
    assert!(refused.to_string().contains("30 at the least"), "{refused}");
}

#[test]
fn thresholds_of_the_watch_are_read_by_name_and_unknown_ones_are_refused() {
    let with = |table: &str| {
        let shipped = SHIPPED.replace("\nprepaid = []\n", "\nprepaid = [\"INET\"]\n");
        let config = Config::parse(&format!("{shipped}\n{table}"))?;
        config.setup().map_err(|error| error.to_string())
    };
    let watch = with(
        "[watch.thresholds.token_payments]\nmin_periods = 4\ntoken_abs = \"50.00\"\n\
         [watch.thresholds.drive_end]\nwarn_days = 45",
    );
    let watch = watch.unwrap().watch;
    assert_eq!(watch.prepaid.len(), 1);
    assert_eq!(watch.thresholds.token_payments.min_periods, 4);
    assert_eq!(
        watch.thresholds.token_payments.token_abs.to_string(),
        "50.00"
    );
    assert_eq!(watch.thresholds.drive_end.warn_days, 45);
    for (wrong, why) in [
        (
            "[watch.thresholds.token_payments]\nmonths = 4",
            "token_payments.months",
        ),
        (
            "[watch.thresholds.tokens]\nmin_periods = 4",
            "tokens.min_periods",
        ),
        (
            "[watch.thresholds.unpaid]\nmin_periods = -1",
            "cannot be «-1»",
        ),
        ("[watch.thresholds.returns]\ndays = 90", "1 to 30"),
    ] {
        let said = with(wrong).map(|_| ()).unwrap_err();
        assert!(said.contains(why), "{wrong}: {said}");
    }
}

#[test]
fn the_shipped_file_explains_every_threshold_with_its_default() {
    let mut commented = String::new();
    let mut is_watch = false;
    for line in SHIPPED.lines() {
        is_watch |= line.starts_with("#[watch.thresholds.");
        is_watch &= !line.is_empty();
        let is_key = line.starts_with("#[") || line.contains(" = ");
        if is_watch
            && is_key
            && let Some(line) = line.strip_prefix('#').filter(|it| !it.starts_with(' '))
        {
            commented.push_str(line);
            commented.push('\n');
        }
    }
    let config = Config::parse(&format!("{SHIPPED}\n{commented}")).unwrap();
    let watch = config.setup().unwrap().watch;
    assert_eq!(watch.thresholds, desk::Thresholds::default());
    for (table, limit) in desk::Thresholds::NAMES {
        let told = commented
            .split(&format!("[watch.thresholds.{table}]\n"))
            .nth(1);
        let told = told.and_then(|rest| rest.split('[').next());
        let is_told = told.is_some_and(|told| told.contains(&format!("{limit} = ")));
        assert!(is_told, "{table}.{limit} is not explained");
    }
}

#[test]
fn the_channels_that_the_shipped_file_explains_can_be_used_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display().to_string();
    for (name, content) in [
        ("smtp.password", "секрет\n"),
        ("telegram.token", "42:token"),
        ("telegram.chat", "-100"),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let from = SHIPPED.find("#[[watch.channel]]").unwrap();
    let to = SHIPPED
        .find("# The slots in the order of the rack")
        .unwrap();
    let lines: Vec<&str> = SHIPPED[from..to]
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        // Explanations begin with a blank; and what another line stands for, too.
        .filter(|line| !line.starts_with(' '))
        .filter(|line| !line.starts_with("password_env") && !line.starts_with("secret_env"))
        .filter(|line| !line.starts_with("ca_file") && !line.contains("whsec_..."))
        .filter(|line| !line.starts_with("secret_file ="))
        .collect();
    let text = lines.join("\n").replace("/etc/kassette", &place);
    let (common, kinds) = text.split_once("[watch.channel.email]").unwrap();
    let (email, rest) = kinds.split_once("[watch.channel.webhook]").unwrap();
    let (webhook, messenger) = rest.split_once("[watch.channel.messenger]").unwrap();
    let telling = |common: &str, kind: &str, table: &str| {
        let config = format!("{SHIPPED}\n{common}\n[watch.channel.{kind}]\n{table}");
        let telling = Config::parse(&config).and_then(|it| it.telling().map_err(|e| e.to_string()));
        telling.inspect(|telling| assert!(!format!("{telling:?}").contains("42:token")))
    };
    for (kind, table, to) in [
        (
            "email",
            email,
            "buh@example.ru, admin@example.ru (smtp.example.ru:465)",
        ),
        ("webhook", webhook, "https://billing.example.ru/incidents"),
        ("messenger", messenger, "api.telegram.org…"),
    ] {
        let telling = telling(common, kind, table).unwrap();
        let channel = &telling.channels[0];
        assert_eq!(
            (channel.channel.kind(), channel.channel.shown()),
            (kind, to.to_owned())
        );
        assert_eq!(channel.quiet.len(), 2);
    }
    for (common, table, why) in [
        (
            common.replace("\"high\"", "\"grave\""),
            email.to_owned(),
            "«grave»",
        ),
        (common.replace("A03", "A99"), email.to_owned(), "«A99»"),
        (
            common.replace("21:00", "25:00"),
            email.to_owned(),
            "«25:00»",
        ),
        (
            common.replace("\"sat\"", "\"суб\""),
            email.to_owned(),
            "«суб»",
        ),
        (
            common.to_owned(),
            email.replace("smtp.password", "nothing"),
            "nothing",
        ),
        (
            common.to_owned(),
            email.replace("\"admin@example.ru\"", "\"admin\""),
            "«admin»",
        ),
    ] {
        let said = telling(&common, "email", &table).unwrap_err();
        assert!(
            said.contains(why) && !said.contains("секрет"),
            "{why}: {said}"
        );
    }
    let nothing = telling(common, "email", email).map(|_| ()).and_then(|()| {
        let config = format!("{SHIPPED}\n{common}");
        Config::parse(&config).and_then(|it| it.telling().map_err(|error| error.to_string()))
    });
    assert!(nothing.unwrap_err().contains("[watch.channel.email]"));
}
