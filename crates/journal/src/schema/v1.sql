-- The journal's schema, version 1.
--
-- Every table is STRICT. Money is whole kopecks. Moments named *_at are milliseconds since 1970 UTC;
-- the time of a fiscal document is text, the wall clock of its place of settlement without a zone
-- (YYYY-MM-DDTHH:MM), because that is what the document says.
--
-- Identifiers of operations and receipts are given out by the program: 43 bits of milliseconds and
-- 20 of a sequence. They only grow, so rows land at the end of their tables and nothing is rewritten.

-- One row per step of the schema that was applied to this file.
create table schema_version (
    version    integer primary key,
    applied_at integer not null
) strict;

-- One row per start of the program: later one can tell which run wrote what.
create table start (
    id         integer primary key,
    started_at integer not null,
    program    text    not null  -- its version
) strict;

-- Keys of the HTTP interface: who may do what, from where, how often and for how long. A row stays
-- for ever: operations and history say with which key they came.
create table api_key (
    id           integer primary key,
    name         text    not null unique,
    organisation text    not null,          -- ИНН: the server of another organisation refuses it
    scopes       text    not null check (json_array_length(scopes) > 0), -- read, push, correct, admin
    ranges       text    not null check (json_valid(ranges)), -- networks it may come from; []: all
    rate         integer check (rate > 0),  -- requests per second; null: not limited
    burst        integer check (burst > 0), -- requests at once
    comment      text    not null,
    created_at   integer not null,
    expires_at   integer,                   -- null: never
    last_used_at integer,                   -- written now and then, a minute late at most
    revoked_at   integer,
    check ((rate is null) = (burst is null))
) strict;

-- The secrets of the keys: SHA-256 of 256 random bits, so there is nothing to guess. A key has more
-- than one while its holder changes to the new one.
create table api_secret (
    hash        blob    primary key check (length(hash) = 32),
    api_key     integer not null references api_key,
    created_at  integer not null,
    valid_until integer                     -- null: the present one
) strict, without rowid;

-- People who log in to the panel. A row stays for ever: the trail says who has done what. They and
-- all about them are changed by the panel, and by «kassette user» beside a running server.
create table person (
    id          integer primary key,
    login       text    not null unique,    -- small letters: what is written at the door
    name        text    not null,           -- what others call them
    roles       text    not null check (json_array_length(roles) > 0),
    password    text    not null,           -- Argon2id with salt and costs, as a PHC string
    must_change integer not null check (must_change in (0, 1)), -- somebody else has set the password
    totp        blob    check (length(totp) = 20), -- secret of the second factor; null: there is none
    totp_step   integer,                    -- the last half minute whose code was taken: none counts twice
    language    text    not null check (language in ('ru', 'en')),
    created_at  integer not null,
    disabled_at integer                     -- null: may log in
) strict;

-- Codes for those who have lost their second factor: SHA-256 of 80 random bits, each good for once.
create table person_recovery (
    hash    blob    primary key check (length(hash) = 32),
    person  integer not null references person,
    used_at integer                         -- null: still good
) strict, without rowid;
create index person_recovery_person on person_recovery (person);

-- Who is or was logged in. Of the cookie only its SHA-256 is kept: 256 random bits are not guessed.
create table person_session (
    id         integer primary key,
    hash       blob    not null unique check (length(hash) = 32),
    person     integer not null references person,
    created_at integer not null,
    seen_at    integer not null,            -- a minute late at most
    agent      text    not null,            -- what the browser says of itself
    address    text,                        -- where they came from; null: nobody knows
    ended_at   integer                      -- null: until its time is over
) strict;
create index person_session_person on person_session (person);

-- The trail: what people have done, from where and to what. Rows are only added.
create table trail (
    id      integer primary key,
    at      integer not null,
    person  integer references person,      -- null: nobody who is known, or a command at the machine
    login   text    not null,               -- as it was then, or as it was tried; empty: a command
    address text,
    act     text    not null,               -- login, person_added, …
    object  text    not null,               -- to what: a login, a slot, a receipt; empty: to nothing
    detail  text    not null
) strict;
create index trail_person on trail (person, id) where person is not null;
create trigger trail_is_not_changed before update on trail
    begin select raise(abort, 'the trail is only added to'); end;
create trigger trail_is_not_deleted before delete on trail
    begin select raise(abort, 'the trail is only added to'); end;

-- The services that billing has declared, as the receipt engine needs them.
create table service (
    code       text    primary key,
    definition text    not null check (json_valid(definition)),
    changed_at integer not null             -- the history says by whom
) strict;

-- Personal accounts. The state is one document: the engine reads it whole and writes it whole, and
-- an operation touches one row.
create table account (
    id            integer primary key,
    number        text    not null unique,  -- лицевой счёт, exactly as billing writes it
    state         text    not null check (json_valid(state)),
    opening_saldo integer not null,         -- advances less debts it was opened with
    -- What lists look for, beside the state that says it, too: advances less debts and penalties as
    -- it stands now (written with the state: no page more), and where receipts go.
    saldo         integer not null,
    contact       text,
    changed_at    integer not null,
    -- Whose key opened it, and whose has changed its contact or payer last (null: the program itself).
    -- Not entries of the history: a provider may open a million in one night. What changes its
    -- balance is an operation, and names its key there.
    opened_by     integer references api_key,
    set_by        integer references api_key
) strict;
-- Who has this telephone? Operations do not change contacts, so intake never touches it.
create index account_contact on account (contact, number) where contact is not null;

-- What billing sent, one row per accepted operation. Refused ones leave no row.
create table operation (
    id        integer primary key,
    key       text    not null,             -- the caller's idempotency key
    key_hash  integer not null,             -- of the key: what the key index holds
    body_hash blob    not null,             -- SHA-256 of the canonical body: tells a repeat from a conflict
    type      text    not null,             -- payment, charge, …
    account   integer references account,
    delta     integer not null,             -- how the account's saldo changed
    body      text    not null check (json_valid(body)),   -- the operation as it was accepted
    records   text    not null check (json_valid(records)),-- what has no receipt, and why
    receipts  integer not null check (receipts >= 0),      -- how many; their ids follow the operation's
    api_key   integer references api_key,   -- who sent it; null: the program itself
    effects   text    check (json_valid(effects)) -- what it changed, entry by entry, so that it can be
                                            -- cancelled while nothing is formed; null: nothing
) strict;

-- The life of an account. The one index that intake pays for: an entry is 20 bytes, and in a bulk
-- sorted by account neighbours share a page. There is none by type, key or day: such lists look at
-- the rows in the order of their identifiers, so many for one answer, and go on in the next one. And
-- none on receipts by account: they follow their operation.
create index operation_account on operation (account) where account is not null;

-- Operations that were taken back before anything of them was formed. Row and key of the operation
-- stay: the same key is answered with it for ever. Its delta, and those in side_entry, count no more.
create table cancellation (
    operation integer primary key references operation,
    at        integer not null,
    by        text    not null,             -- who has decided
    reason    text    not null
) strict;

-- How an operation changed further accounts than its main one: a move between two accounts.
create table side_entry (
    operation integer not null references operation,
    account   integer not null references account,
    delta     integer not null,             -- how the account's saldo changed
    primary key (operation, account)
) strict, without rowid;
create index side_entry_account on side_entry (account, operation); -- moves are few

-- Payments whose payer is unknown: money that waits for «identify». Gone once identified; the
-- operations tell the story.
create table unidentified (
    id      text    primary key,            -- the key of the payment's operation
    date    text    not null,
    payment text    not null check (json_valid(payment)),
    operation integer not null references operation
) strict;

-- Offsets that wait for the consolidated receipt of their month (54-ФЗ art. 1.2 p. 2.1), and the
-- register of those that are in one: it is kept for five years.
create table offset_line (
    id        integer primary key,
    close     text    not null,             -- the month whose receipt takes it, YYYY-MM
    event     text    not null,             -- the key of the charge's operation
    date      text    not null,
    account   text    not null,             -- the account's number
    service   text    not null,
    period    text    not null,             -- of the service, YYYY-MM
    vat       text    not null,             -- the base rate
    amount    integer not null check (amount > 0),
    closed_by integer references operation  -- null: it waits
) strict;
create index offset_line_waiting on offset_line (close) where closed_by is null;

-- The older part of the key index. Keys are random, and a unique index over them costs a page write
-- for each new row once it is large. So the newest keys are kept in memory (they are read back from
-- `operation` at start) and moved here in sorted slices: neighbours share a page.
-- `key_index_upto` in `progress` says up to which operation this table is complete.
create table key_index (
    key_hash  integer not null,
    operation integer not null,
    primary key (key_hash, operation)
) strict, without rowid;

create table progress (
    name  text    primary key,
    value integer not null
) strict, without rowid;
insert into progress values ('key_index_upto', 0);

-- Receipts: what becomes a fiscal document.
create table receipt (
    id             integer primary key,
    operation      integer not null references operation,
    account        integer references account,
    -- Written as «or», here and below: a list of more than two values is a table that SQLite builds
    -- anew for each row that is written.
    state          text    not null check (state = 'queued' or state = 'on_drive' or state = 'held'
                     or state = 'in_doubt' or state = 'refused' or state = 'fiscalized'
                     or state = 'acknowledged'),
    reason         text,                    -- why it is held, in doubt or refused, also by the ОФД
    order_key      integer not null,        -- receipts of one key are formed in the order of their ids
    class          integer not null check (class between 0 and 3), -- payment, registry, charge, correction
    correction     integer not null check (correction in (0, 1)), -- чек коррекции
    tax_system     integer not null,        -- tag 1055
    sign           integer not null check (sign between 1 and 4),  -- tag 1054
    total          integer not null check (total > 0),             -- tag 1020
    body           text    not null check (json_valid(body)),      -- lines, payments, why
    tlv            blob    not null,        -- what is passed to the drive: checked when accepted
    drive          integer references drive,-- once formed: where
    document       integer,                 -- once formed: its ФД number in that drive
    cancelled_by   integer references operation, -- the operation that took it back or replaced it
    return_of      integer references receipt,   -- the receipt whose second document this one undoes
    check ((drive is null) = (document is null)),
    check ((drive is not null) = (state in ('fiscalized', 'acknowledged')))
) strict;
-- Only receipts that are not at their end: the index stays small however long the history grows.
-- Queries have to say the same three conditions.
create index receipt_pending on receipt (id)
    where state <> 'fiscalized' and state <> 'acknowledged' and state <> 'refused';

create index receipt_return on receipt (return_of) where return_of is not null;

-- Drives that were ever seen.
create table drive (
    id        integer primary key,
    number    text    not null unique,      -- номер ФН
    emulated  integer not null check (emulated in (0, 1)), -- a debug or emulated drive
    slot      integer not null,             -- where it was seen last
    facts     text    not null check (json_valid(facts)),  -- what it said then
    seen_at   integer not null,
    -- The last document that it held when it was taken in after having been used elsewhere: up to
    -- there its documents are not in this file.
    base      integer not null default 0 check (base >= 0)
) strict;

-- The note «this document goes to this drive as ФД number», written before the drive is touched.
-- One drive forms one document at a time, hence the key. One that is given up waits only for its
-- drive to tell whether it has the document: a person has sent the receipt to another drive, or
-- another drive turned out to have it.
create table intent (
    drive     integer primary key references drive,
    number    integer not null check (number > 0), -- the ФД number it will have
    slot      integer not null,
    task      text    not null check (task in
                ('registration', 'open_shift', 'receipt', 'close_shift', 'close_archive')),
    receipt   integer references receipt,
    time      text    not null,
    tlv       blob    not null,
    form      blob,                         -- registration, closing of the archive: A3h or 05h; 03h
                                            -- takes a part of A3h
    ffd       integer,                      -- registration: tag 1209
    stored_at integer not null,
    given_up_at integer,
    check ((receipt is not null) = (task = 'receipt')),
    check ((ffd is not null) = (task = 'registration'))
) strict;
create unique index intent_receipt on intent (receipt) where given_up_at is null;

-- Every document that a drive has formed for us, in the drive's order.
create table document (
    drive           integer not null references drive,
    number          integer not null check (number > 0),
    task            text    not null check (task in
                      ('registration', 'open_shift', 'receipt', 'close_shift', 'close_archive',
                       'found')),           -- found: formed by somebody else, or for a lost journal
    receipt         integer references receipt,
    doubles         integer references receipt, -- instead: the receipt that another drive has formed, too
    time            text    not null,
    fiscal_sign     integer not null,
    shift           integer not null,
    receipt_number  integer,
    formed_at       integer not null,
    ofd_code        integer,                -- tag 1022 of the ticket; null also when read from the drive
    ofd_messages    integer not null default 0 check (ofd_messages between 0 and 255), -- tag 1206, bits
    ofd_text        text,                   -- what the ОФД wrote for people
    ticket          blob,                   -- the ОФД's container, or the sign read from the drive
    acknowledged_at integer,
    primary key (drive, number),
    check ((receipt is not null or doubles is not null) = (task = 'receipt')),
    check (receipt is null or doubles is null),
    check ((ticket is null) = (acknowledged_at is null))
) strict, without rowid;
create index document_unacknowledged on document (drive, number) where acknowledged_at is null;
-- What the ОФД refused, or had something to say about.
create index document_remark on document (drive, number)
    where ofd_code <> 0 or ofd_messages <> 0 or ofd_text is not null;
create unique index document_receipt on document (receipt) where receipt is not null;
-- The rest are for lists, and paid for at the speed of the drives. A document by its ФПД, as a
-- person reads it from a paper:
create index document_sign on document (fiscal_sign);
-- shifts by their beginning, and where each ends:
create index document_shift_opened on document (time, drive, number) where task = 'open_shift';
create index document_shift_closed on document (drive, shift) where task = 'close_shift';

-- What each shift of each drive has settled: receipts and corrections by their sign (tag 1054). Also
-- documents that no receipt here stands behind, as far as their drive tells what they are.
create table shift_sum (
    drive      integer not null references drive,
    shift      integer not null,
    correction integer not null check (correction in (0, 1)),
    sign       integer not null check (sign between 1 and 4),
    receipts   integer not null,
    total      integer not null,            -- kopecks
    primary key (drive, shift, correction, sign)
) strict, without rowid;

-- How many documents each drive has formed on which day: the rate by which its end is foretold.
create table drive_day (
    drive     integer not null references drive,
    day       text    not null,             -- of the documents' time, YYYY-MM-DD
    documents integer not null,
    primary key (drive, day)
) strict, without rowid;

-- The ККТ that live in the slots: a drive that takes another's place is registered for the same one.
create table register (
    slot   integer primary key,
    rnm    text    not null,                -- tag 1037
    serial text    not null                 -- tag 1013
) strict;

-- Replacements of drives. At which step one stands follows from what its slot sees; kept is what
-- cannot be seen.
create table swap (
    id         integer primary key,
    slot       integer not null,
    drive      integer not null references drive, -- the one that is replaced
    form       blob    not null,            -- how the next one is registered: A3h
    ffd        integer not null,            -- and by which version of the format: tag 1209
    serial     text    not null,            -- tag 1013
    tlv        blob    not null,            -- what is passed to the next drive for its report
    ordered_at integer not null,
    exported_at integer,                    -- its documents are kept in files
    confirmed  text,                        -- the next drive, once a person has confirmed it
    ended_at   integer,
    ended      text check (ended in ('done', 'abandoned')),
    check ((ended_at is null) = (ended is null))
) strict;
create unique index swap_open on swap (slot) where ended_at is null;

-- What happened to receipts and slots besides the ordinary way: voided intents, doubts, slots that
-- changed. Append only.
create table history (
    id      integer primary key,
    at      integer not null,
    slot    integer,
    drive   integer references drive,
    receipt integer references receipt,
    what    text    not null,
    detail  text    not null,
    by      text,                           -- who has decided; null: the program
    api_key integer references api_key      -- with whose key it was ordered; null: the program
) strict;
create index history_receipt on history (receipt) where receipt is not null;

-- Every change of a receipt's state but its first, in the order in which they became durable. Append
-- only. Identifiers come from the same sequence as those of receipts. A receipt is queued when its
-- row is written, so that this first event is the row itself, under the receipt's identifier: intake
-- writes nothing here. The feed is both tables, merged by identifier.
create table event (
    id      integer primary key,
    receipt integer not null references receipt,
    state   text    not null check (state = 'queued' or state = 'on_drive' or state = 'held'
              or state = 'in_doubt' or state = 'refused' or state = 'fiscalized'
              or state = 'acknowledged'),
    reason  text                            -- as it was written to the receipt then
) strict;

-- Who is to be told of one operation, once all its receipts are settled for good.
create table callback (
    operation integer primary key references operation,
    url       text    not null,
    form      text    not null              -- which face writes the letter
) strict;

-- Where letters go: a webhook of the configuration, or a host that callbacks name.
create table receiver (
    id         integer primary key,
    kind       text    not null check (kind in ('webhook', 'callback')),
    name       text    not null,            -- a webhook's name; a callback's scheme://host:port
    told       integer not null default 0,  -- a webhook: up to this event all that it wants to hear
                                            -- of is in `delivery`
    stopped_at integer,                     -- it has answered that it wants no letters any more
    success_at integer,                     -- when it took the last letter
    unique (kind, name)
) strict;

-- Letters that are owed to receivers, and what became of them. Those of one lane go one after
-- another: an account's events in their order.
create table delivery (
    id          integer primary key,
    receiver    integer not null references receiver,
    lane        integer not null,
    event       integer,                    -- to a webhook: of what it tells
    receipt     integer references receipt, -- the event's
    operation   integer references operation, -- instead: the one of a callback
    state       text    not null check (state in ('waiting', 'delivered', 'dead')),
    since       integer not null,           -- when it became due, or was ordered again
    attempts    integer not null default 0, -- since then
    next_at     integer not null,           -- not before
    last_at     integer,                    -- the last attempt
    last_status integer,                    -- its HTTP status; null: there was no answer
    last_answer text,                       -- the answer's beginning, or why there was none
    check ((event is null) = (receipt is null)),
    check ((event is null) = (operation is not null))
) strict;
create index delivery_waiting on delivery (receiver, id) where state = 'waiting';
create index delivery_dead on delivery (receiver, id) where state = 'dead';
create index delivery_receipt on delivery (receipt) where receipt is not null;
-- Each event is owed to each receiver once, and each callback once.
create unique index delivery_event on delivery (receiver, event) where event is not null;
create unique index delivery_operation on delivery (operation) where operation is not null;

-- Files of banks and billings that were loaded as payments, one row each: a file is loaded whole, in
-- one transaction with its operations, and once, whatever it is called.
create table import_file (
    id            integer primary key,
    name          text    not null,         -- as it was called when it was loaded
    sha256        blob    not null unique check (length(sha256) = 32),
    kind          text    not null,         -- sberbank, lanbilling, 1c, csv
    profile       text    not null,
    loaded_at     integer not null,
    by            text    not null,         -- who has loaded it
    api_key       integer references api_key,
    rows          integer not null check (rows >= 0),   -- payments in the file
    amount        integer not null,                     -- and what they come to
    accepted      integer not null check (accepted >= 0), -- operations that this load has made
    accepted_amount integer not null,
    duplicates    integer not null check (duplicates >= 0), -- payments that were known before
    transferred   integer,                  -- a registry: what the bank has passed on …
    order_number  text                      -- … by this payment order
) strict;
create index import_file_order on import_file (order_number) where order_number is not null;

-- Those rows of a loaded file that a person has to look at: held, of an unknown payer, of a business,
-- wrong or refused.
create table import_row (
    import        integer not null references import_file,
    line          integer not null,
    class         text    not null check (class in
                    ('held', 'unmatched', 'business', 'wrong', 'refused')),
    reason        text    not null,
    key           text    not null,         -- of the operation that it would become
    date          text    not null,         -- when it was paid
    amount        integer not null,
    account       text    not null,         -- what the file says; empty: nothing
    number        text    not null,         -- of the bank's operation or document
    body          text    not null check (json_valid(body)), -- what else the file says
    state         text    not null check (state in ('waiting', 'loaded', 'skipped')),
    operation     integer references operation,
    by            text,                     -- who has decided; null: the rules
    why           text,
    decided_at    integer,
    primary key (import, line),
    check ((operation is not null) = (state = 'loaded'))
) strict, without rowid;
create index import_row_number on import_row (number);
-- How many wait, at any time: few do.
create index import_row_waiting on import_row (import, line) where state = 'waiting';

-- Why each correction was made (receipt rules §4.3): one row per operation that corrects. Who has
-- approved it, and by which plan, says the restoration that it is a row of, if it is one of one.
create table basis (
    operation       integer primary key references operation,
    reason          text not null check (reason in ('lost_source', 'wrong_amount', 'wrong_vat',
                      'wrong_sno', 'duplicate', 'wrong_kind', 'wrong_subject', 'rejected', 'late',
                      'order')),
    settlement_date text not null,          -- tag 1178
    source_doc      text,                   -- what tells of the settlement
    wrong_drive     text,                   -- or which document is wrong: ФН, ФД, ФПД, its day
    wrong_number    integer,
    wrong_sign      integer,
    wrong_date      text,
    papers          text not null check (json_valid(papers)), -- act, order of the office, comment
    check ((wrong_drive is null) = (wrong_number is null)),
    check (source_doc is not null or wrong_drive is not null)
) strict;

-- Plans of restoring past settlements, one row each. A plan is stored in slices (making) and then
-- sealed with its hash (draft): from then on neither its rows nor what is hashed of it change, but for
-- what has become of each row.
create table restoration (
    id          integer primary key,
    kind        text    not null check (kind in ('lost', 'fix')),
    state       text    not null check (state in
                  ('making', 'draft', 'approved', 'running', 'paused', 'done', 'abandoned')),
    why         text,                       -- why it waits, is paused or was abandoned
    parameters  text    not null check (json_valid(parameters)), -- days and profile, or receipts and
                                            -- change: as they are hashed
    basis       text    not null check (json_valid(basis)),
    summary     text    check (json_valid(summary)), -- what it changes, summed up for people
    author      text    not null,
    api_key     integer references api_key, -- with whose key it was made
    created_at  integer not null,
    hash        blob    check (length(hash) = 32), -- SHA-256 over kind, parameters, basis, files, rows
    approved_by text,
    approved_at integer,
    run_by      text,                       -- how it was ordered to run last
    run_at      integer,
    run_left    integer,                    -- rows until it pauses; null: all
    pace        text    check (pace in ('spread', 'at-once')),
    pause_on    text,                       -- as it is written: drive-error,unsent=5000
    history     integer,                    -- the last entry of the history when it was let run last:
                                            -- what went wrong since counts
    changed_before integer not null default 0, -- rows that had changed by then
    held_before integer not null default 0, -- receipts that were held or in doubt by then
    ended_at    integer,
    check ((hash is null) = (state = 'making' or (state = 'abandoned' and hash is null))),
    check ((approved_by is null) = (approved_at is null)),
    check ((ended_at is not null) = (state in ('done', 'abandoned')))
) strict;
-- Few are open at a time.
create index restoration_open on restoration (id) where ended_at is null;

-- The files of lost settlements.
create table restoration_file (
    restoration integer not null references restoration,
    place       integer not null,           -- from 1
    name        text    not null,
    sha256      blob    not null check (length(sha256) = 32),
    kind        text    not null,           -- sberbank, lanbilling, 1c, csv
    profile     text    not null,
    rows        integer not null check (rows >= 0),
    amount      integer not null,
    primary key (restoration, place)
) strict, without rowid;

-- The rows of restorations, in the order in which they are carried out. «planned» in an abandoned
-- restoration means dropped: so to abandon one is one small write, however many rows it has.
create table restoration_row (
    restoration integer not null references restoration,
    place       integer not null,           -- from 1
    class       text    not null check (class in ('missing', 'wrong', 'exists', 'ambiguous',
                  'not_ours', 'business', 'outside', 'corrected', 'refused')),
    state       text    not null check (state in
                  ('planned', 'accepted', 'changed', 'refused', 'aside')),
    reason      text    not null,           -- why it is of this class or in this state; may be empty
    key         text    not null,           -- of the operation that it becomes
    date        text    not null,           -- of the settlement
    amount      integer not null,
    account     text    not null,           -- the number as it was told; empty: nobody knows
    source      text    not null,           -- what tells of it: file and line, number of the bank …
    file        integer,                    -- lost: its place among the files
    line        integer,                    -- and its line there
    wrong       integer references receipt, -- fix: the wrong receipt
    body        text    not null check (json_valid(body)), -- of the operation that it becomes
    documents   integer not null check (documents >= 0),   -- how many that needs
    fingerprint blob    check (length(fingerprint) = 32),  -- what its receipts say, SHA-256
    operation   integer references operation,
    primary key (restoration, place),
    check ((fingerprint is null) = (state = 'aside')),
    check ((operation is not null) = (state = 'accepted'))
) strict, without rowid;
-- How many rows of which class are in which state, without reading the rows.
create index restoration_row_count on restoration_row (restoration, class, state, documents, amount);
-- Does another plan wait for the same bank operation?
create index restoration_row_key on restoration_row (key) where state = 'planned';
-- The row of an operation: what is pending is counted by it.
create unique index restoration_row_operation on restoration_row (operation)
    where operation is not null;

-- Room of contracts: what an account may be charged for, what waits because no contract allows it,
-- and what agents pay on to suppliers.

-- Contracts of accounts. On no day are two of one account about one service: whoever writes here
-- has looked at all contracts of the account.
create table contract (
    id         integer primary key,
    account    integer not null references account,
    number     text    not null,
    valid_from text    not null,            -- its first day, YYYY-MM-DD
    valid_to   text,                        -- its last day; null: until it is ended
    services   text    not null check (json_valid(services)), -- codes; []: all services
    price_list text,
    comment    text,
    set_at     integer not null,
    set_by     text,                        -- the person who has set it so; null: a key alone
    api_key    integer references api_key,
    unique (account, number),
    check (valid_to is null or valid_to >= valid_from)
) strict;
-- Which contracts end soon?
create index contract_end on contract (valid_to) where valid_to is not null;

-- Charges that no contract allows, while [contracts] outside = "hold": operations that are not
-- accepted. What waits has changed nothing. A row stays for ever: its key is answered with it.
create table held_charge (
    id            integer primary key,      -- from the sequence of operations
    key           text    not null unique,  -- the caller's idempotency key
    body_hash     blob    not null,
    account       integer not null references account,
    event         text    not null check (json_valid(event)), -- day and lines: what is to be accepted
    body          text    not null check (json_valid(body)),  -- as the caller has written it
    reason        text    not null,         -- which line, and what speaks against it
    api_key       integer references api_key,
    callback_url  text,
    callback_form text,
    state         text    not null check (state in ('waiting', 'released', 'refused')),
    operation     integer references operation, -- released: what it became
    decided_at    integer,
    decided_by    text,
    decided_why   text,
    decided_key   integer references api_key,
    check ((operation is not null) = (state = 'released')),
    check ((decided_at is null) = (state = 'waiting')),
    check ((callback_url is null) = (callback_form is null))
) strict;
create index held_charge_waiting on held_charge (id) where state = 'waiting';

-- What is paid on to suppliers (перечисления): one row for one supplier. Its lines are its
-- payout_lines; those of a dropped one wait again.
create table payout (
    id       integer primary key,
    period   text    not null,              -- documents formed up to the end of this month, YYYY-MM
    supplier text    not null,              -- ИНН: tag 1226
    name     text    not null,              -- tag 1225 of the last line
    amount   integer not null check (amount > 0),  -- kopecks
    lines    integer not null check (lines > 0),
    state    text    not null check (state in ('draft', 'agreed', 'dropped')),
    made_at  integer not null,
    made_by  text    not null,
    made_key integer references api_key,
    ended_at integer,
    ended_by text,
    ended_why text,
    ended_key integer references api_key,
    check ((ended_at is null) = (state = 'draft'))
) strict;

-- The money in agents' lines of receipts, written with the receipt. A line is paid out once.
create table payout_line (
    receipt  integer not null references receipt,
    line     integer not null,              -- its place in the receipt, from 0
    supplier text    not null,              -- ИНН: tag 1226
    name     text    not null,              -- tag 1225
    service  text    not null,              -- its code; empty: none
    amount   integer not null check (amount <> 0), -- kopecks; below zero: it went back to the customer
    payout   integer references payout,     -- null: it waits
    primary key (receipt, line)
) strict, without rowid;
create index payout_line_waiting on payout_line (supplier, receipt) where payout is null;
create index payout_line_payout on payout_line (payout) where payout is not null;
-- Reconciliation.

-- Comparisons of billing, journal, drives, ОФД and bank, one row each. Nothing is ever changed by
-- one. A «running» one of an earlier start is «interrupted».
create table reconciliation (
    id          integer primary key,
    from_day    text    not null,           -- the days that are compared, both included
    to_day      text    not null,
    state       text    not null check (state in ('running', 'done', 'failed', 'interrupted')),
    why         text,                       -- why it failed
    by          text    not null,
    api_key     integer references api_key, -- with whose key it was ordered
    started_at  integer not null,
    ended_at    integer,
    check ((ended_at is null) = (state = 'running'))
) strict;

-- The files that were compared.
create table reconciliation_file (
    reconciliation integer not null references reconciliation,
    place       integer not null,           -- from 1
    role        text    not null check (role in ('billing', 'bank', 'archive')),
    name        text    not null,
    sha256      blob    not null check (length(sha256) = 32),
    kind        text    not null,           -- sberbank, lanbilling, 1c, csv, billing; a drive's number
    rows        integer not null check (rows >= 0),
    amount      integer not null,           -- kopecks
    primary key (reconciliation, place)
) strict, without rowid;

-- What was compared, and what both sides come to.
create table reconciliation_result (
    reconciliation integer not null references reconciliation,
    place       integer not null,           -- from 1
    equation    text    not null,           -- E1 … E8
    what        text    not null,           -- which two sides: bank, billing, …
    object      text    not null,           -- a drive; empty: the organisation
    holds       integer not null check (holds in (0, 1)),
    left_rows   integer not null,
    left_sum    integer not null,           -- kopecks; 0 where documents are counted
    right_rows  integer not null,
    right_sum   integer not null,
    mismatches  integer not null check (mismatches >= 0),
    kept        integer not null check (kept >= 0),   -- so many of them are kept as rows
    notes       text    not null check (json_valid(notes)), -- what was not compared, and why
    primary key (reconciliation, place)
) strict, without rowid;

-- What does not match.
create table reconciliation_row (
    reconciliation integer not null references reconciliation,
    place       integer not null,           -- from 1, over all results
    result      integer not null,           -- the result's place
    kind        text    not null,           -- left_only, right_only, sum, service, vat, …
    key         text    not null,
    account     text    not null,           -- empty: none
    day         text    not null,
    source      text    not null,
    reference   text    not null,
    left_sum    integer,                    -- kopecks; null: this side has nothing
    right_sum   integer,
    detail      text    not null,
    primary key (reconciliation, place)
) strict, without rowid;

-- Incidents, and who is told of them.

-- Trouble that a rule of the watch has found (receipt rules §5.2): one row for each time that it lasted.
create table incident (
    id              integer primary key,
    key             text    not null,       -- rule and object, as in A01:account:0012
    rule            text    not null,       -- A01…A28
    object          text    not null,       -- what the key says after the rule
    account         text,                   -- its number, when it is about one
    severity        text    not null check (severity in ('info', 'medium', 'high', 'critical')),
    state           text    not null check (state in ('open', 'acknowledged', 'muted', 'resolved')),
    opened_at       integer not null,
    seen_at         integer not null,       -- when it was found last
    told_at         integer not null,       -- when somebody was last told, or would have been
    escalations     integer not null,
    acknowledged_by text,                   -- who has taken it on
    acknowledged_at integer,
    muted_until     integer,                -- nobody is told before, unless it grows worse
    closed_at       integer,
    finding         text    not null check (json_valid(finding)), -- the latest: texts and numbers
    words           text    not null,       -- what is looked for in lists, in small letters
    check ((acknowledged_by is null) = (acknowledged_at is null)),
    check ((closed_at is not null) = (state = 'resolved')),
    check (state <> 'muted' or muted_until is not null),
    check (state <> 'acknowledged' or acknowledged_by is not null)
) strict;
-- What lasts is known by its key.
create unique index incident_key on incident (key) where closed_at is null;
create index incident_rule on incident (rule) where closed_at is null;
-- Of whom is somebody to be told again?
create index incident_told on incident (state, severity, told_at) where closed_at is null;
create index incident_account on incident (account, id) where account is not null;

-- What has become of each incident.
create table incident_event (
    id       integer primary key,
    incident integer not null references incident,
    at       integer not null,
    what     text    not null check (what in ('opened', 'worsened', 'eased', 'acknowledged', 'muted',
               'unmuted', 'resolved')),
    severity text    not null,              -- how bad it was then
    by       text,                          -- null: by itself
    why      text,
    until    integer,                       -- muted: until when
    api_key  integer references api_key     -- with whose key it was ordered, if with one
) strict;
create index incident_event_incident on incident_event (incident);

-- What is to be told to one channel: one message for all incidents of one rule for which there was the
-- same reason while it was gathered. It is told at least once.
create table notice (
    id          integer primary key,
    channel     text    not null,           -- its name in the configuration
    rule        text    not null,
    reason      text    not null check (reason in ('opened', 'worsened', 'repeated', 'escalated',
                  'closed')),
    severity    text    not null check (severity in ('info', 'medium', 'high', 'critical')),
    state       text    not null check (state in ('gathering', 'waiting', 'told', 'dead')),
    since       integer not null,           -- when it was begun
    due_at      integer not null,           -- gathered or pausing until then
    attempts    integer not null default 0,
    last_at     integer,                    -- the last attempt …
    last_answer text,                       -- … and what came of it
    check ((last_at is null) = (attempts = 0))
) strict;
create unique index notice_gathering on notice (channel, rule, reason, severity)
    where state = 'gathering';
create index notice_due on notice (due_at) where state in ('gathering', 'waiting');
create index notice_dead on notice (id) where state = 'dead';

-- Of which incidents a notice tells.
create table notice_incident (
    notice   integer not null references notice,
    incident integer not null references incident,
    primary key (notice, incident)
) strict, without rowid;
create index notice_incident_incident on notice_incident (incident);

-- Service level: how soon receipts become documents, and when the program was alive.

-- How many receipts have reached a state in which hour, by how long they took since they were
-- accepted: a histogram (audit::bucket_of says which bucket holds which times). Written by the
-- transaction that changes the receipt, so it is never counted twice.
create table latency (
    hour     integer not null,              -- when they reached it: hours since 1970 UTC
    class    integer not null check (class between 0 and 3), -- of the receipts, as there
    state    text    not null check (state in ('fiscalized', 'acknowledged')),
    bucket   integer not null check (bucket between 0 and 975),
    receipts integer not null,
    primary key (hour, class, state, bucket)
) strict, without rowid;

-- Until when each life of the program is known to have gone on: told each minute and when it stops. A
-- life that has no end and is not the last one was cut off.
create table life (
    start      integer primary key references start,
    alive_at   integer not null,
    stopped_at integer                      -- it was told to stop
) strict;

-- What each slot was in when: few rows, as ready and working are one state there.
create index history_slot on history (slot, at) where slot is not null and receipt is null;
-- Incidents by their opening: how soon they were taken on and resolved.
create index incident_opened on incident (opened_at);
-- Going live: the day of the switch, and the steps of the programme that a person has said to be
-- done; what can be seen to be done is not here.
create table golive_plan (
    id               integer primary key check (id = 1),
    switch_on        text    not null,      -- the day, as people have planned it
    receipts_a_month integer check (receipts_a_month > 0), -- as people expect them; null: nobody has said
    by               text    not null,
    at               integer not null
) strict;
create table golive_step (
    step text    primary key,               -- ofd_contract, order_signed, …
    by   text    not null,                  -- the name of who has said so
    at   integer not null,
    note text    not null                   -- a number, a place, … ; may be empty
) strict, without rowid;
