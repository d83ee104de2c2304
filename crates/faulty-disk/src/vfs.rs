use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    ptr, slice,
    sync::{
        Arc, PoisonError, Weak,
        atomic::{AtomicPtr, AtomicU64, Ordering, fence},
    },
    thread,
    time::Duration,
};

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_vfs};

use crate::{
    SECTOR,
    disk::SharedMedium,
    locks::{Level, Region},
    medium::{Failure, FileId, Medium, Opening},
};

/// Milliseconds from the beginning of the Julian days, in which SQLite counts, to 1970.
const JULIAN_TO_UNIX_MS: i64 = 210_866_760_000_000;
/// Longest name of a file, bytes with the NUL.
const NAME_MAX: c_int = 1024;
/// A connection that waits for another one's thread lets it run, but not for long: nothing here
/// takes long.
const NAP_MAX: Duration = Duration::from_millis(1);

/// Makes the names of this process's disks differ.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// What SQLite's VFS points at.
struct App {
    medium: Weak<SharedMedium>,
    powersafe: bool,
}

/// A VFS that SQLite knows by its name as long as this lives.
///
/// The VFS itself is never freed: a connection may outlive its disk and still ask its VFS for the
/// time. That costs some hundred bytes for each disk.
#[derive(Debug)]
pub(crate) struct Registered {
    name: String,
    vfs: AtomicPtr<sqlite3_vfs>,
}

impl Registered {
    pub(crate) fn new(medium: &Arc<SharedMedium>, powersafe: bool) -> Self {
        let name = format!("faulty-disk-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let app = Box::new(App {
            medium: Arc::downgrade(medium),
            powersafe,
        });
        let vfs = Box::into_raw(Box::new(sqlite3_vfs {
            iVersion: 2,
            szOsFile: size_of::<OpenFile>() as c_int,
            mxPathname: NAME_MAX,
            pNext: ptr::null_mut(),
            zName: CString::new(name.as_str()).unwrap_or_default().into_raw(),
            pAppData: Box::into_raw(app).cast(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_pathname),
            xDlOpen: Some(open_library),
            xDlError: Some(library_error),
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: None,
            xGetLastError: None,
            xCurrentTimeInt64: Some(current_time),
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        }));
        // SAFETY: `vfs` and all it points at are valid and are never freed.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite cannot register a VFS");
        Self {
            name,
            vfs: AtomicPtr::new(vfs),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: it was registered by `new`, and is not freed here.
        unsafe { ffi::sqlite3_vfs_unregister(self.vfs.load(Ordering::Relaxed)) };
    }
}

/// The memory that SQLite gives for an open file.
#[repr(C)]
struct OpenFile {
    base: sqlite3_file,
    /// From `Box::into_raw` in `open` until `close`.
    state: *mut State,
}

struct State {
    medium: Weak<SharedMedium>,
    id: FileId,
    powersafe: bool,
    /// SQLite holds pointers into these until it unmaps them, also when the disk has long
    /// forgotten its dead programs.
    regions: Vec<Region>,
}

impl State {
    fn on<T>(&self, work: impl FnOnce(&mut Medium, FileId) -> Result<T, Failure>) -> Outcome<T> {
        on(&self.medium, |medium| work(medium, self.id))
    }
}

type Outcome<T> = Result<T, Failure>;

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Works on a medium, unless its disk is no more.
fn on<T>(medium: &Weak<SharedMedium>, work: impl FnOnce(&mut Medium) -> Outcome<T>) -> Outcome<T> {
    let medium = medium.upgrade().ok_or(Failure::Dead)?;
    let mut medium = medium.lock().unwrap_or_else(PoisonError::into_inner);
    work(&mut medium)
}

/// SQLite's code; `io` is the one for this call when the disk refuses or is dead.
fn code(outcome: Outcome<()>, io: c_int) -> c_int {
    match outcome {
        Ok(()) => ffi::SQLITE_OK,
        Err(Failure::Full) => ffi::SQLITE_FULL,
        Err(Failure::Busy) => ffi::SQLITE_BUSY,
        Err(Failure::Dead | Failure::Refused | Failure::Name) => io,
    }
}

/// As [`code`], and stores what came out of it.
///
/// # Safety
///
/// `out` is null or valid for a write.
unsafe fn store<T>(outcome: Outcome<T>, out: *mut T, io: c_int) -> c_int {
    let stored = outcome.map(|value| {
        if !out.is_null() {
            // SAFETY: the caller promises it.
            unsafe { out.write(value) };
        }
    });
    code(stored, io)
}

/// # Safety
///
/// `vfs` is one of ours: `Registered::new` made it.
unsafe fn app<'a>(vfs: *mut sqlite3_vfs) -> &'a App {
    // SAFETY: the VFS and its `App` are never freed, and nobody writes to the `App`.
    unsafe { &*(*vfs).pAppData.cast() }
}

/// # Safety
///
/// `file` was filled in by `open` and is not closed, and nobody else uses it at this time: SQLite
/// lets one thread at a time use a connection.
unsafe fn state<'a>(file: *mut sqlite3_file) -> &'a mut State {
    // SAFETY: `open` stored a pointer that `close` has not freed yet.
    unsafe { &mut *(*file.cast::<OpenFile>()).state }
}

/// # Safety
///
/// `name` is null or a C string that lives long enough.
unsafe fn text<'a>(name: *const c_char) -> Option<&'a str> {
    if name.is_null() {
        return None;
    }
    // SAFETY: the caller promises it.
    unsafe { CStr::from_ptr(name) }.to_str().ok()
}

unsafe extern "C" fn open(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let has = |flag: c_int| flags & flag != 0;
    // SAFETY: SQLite passes our VFS, a C string or null, and `szOsFile` bytes for the file.
    let (app, given) = unsafe {
        (*file).pMethods = ptr::null();
        (app(vfs), text(name))
    };
    if given.is_none() && !name.is_null() {
        return ffi::SQLITE_CANTOPEN;
    }
    let how = Opening {
        create: has(ffi::SQLITE_OPEN_CREATE),
        exclusive: has(ffi::SQLITE_OPEN_EXCLUSIVE),
        journal: has(ffi::SQLITE_OPEN_MAIN_JOURNAL
            | ffi::SQLITE_OPEN_SUPER_JOURNAL
            | ffi::SQLITE_OPEN_WAL),
        delete_on_close: has(ffi::SQLITE_OPEN_DELETEONCLOSE),
    };
    let id = match on(&app.medium, |medium| medium.open(given, how)) {
        Ok(id) => id,
        Err(Failure::Name) => return ffi::SQLITE_CANTOPEN,
        Err(_) => return ffi::SQLITE_IOERR,
    };
    let state = Box::into_raw(Box::new(State {
        medium: app.medium.clone(),
        id,
        powersafe: app.powersafe,
        regions: Vec::new(),
    }));
    // SAFETY: as above; `out_flags` is null or valid.
    unsafe {
        file.cast::<OpenFile>().write(OpenFile {
            base: sqlite3_file { pMethods: &METHODS },
            state,
        });
        store(Ok(flags), out_flags, ffi::SQLITE_CANTOPEN)
    }
}

unsafe extern "C" fn delete(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite passes our VFS and a C string.
    let (app, name) = unsafe { (app(vfs), text(name)) };
    let name = name.ok_or(Failure::Name);
    let deleted = on(&app.medium, |medium| medium.delete(name?, sync_folder != 0));
    match deleted {
        Err(Failure::Name) => ffi::SQLITE_IOERR_DELETE_NOENT,
        other => code(other, ffi::SQLITE_IOERR_DELETE),
    }
}

unsafe extern "C" fn access(
    vfs: *mut sqlite3_vfs,
    name: *const c_char,
    _flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite passes our VFS and a C string.
    let (app, name) = unsafe { (app(vfs), text(name)) };
    let exists = on(&app.medium, |medium| {
        medium.exists(name.ok_or(Failure::Refused)?)
    });
    // SAFETY: SQLite passes a place for the answer.
    unsafe { store(exists.map(c_int::from), out, ffi::SQLITE_IOERR_ACCESS) }
}

/// There are no folders: a name is what it is.
unsafe extern "C" fn full_pathname(
    _vfs: *mut sqlite3_vfs,
    name: *const c_char,
    size: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite passes a C string.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if usize::try_from(size).is_ok_and(|size| bytes.len() <= size) {
        // SAFETY: SQLite passes `size` bytes for the answer, apart from the name.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
        return ffi::SQLITE_OK;
    }
    ffi::SQLITE_CANTOPEN
}

extern "C" fn open_library(_vfs: *mut sqlite3_vfs, _name: *const c_char) -> *mut c_void {
    ptr::null_mut()
}

extern "C" fn library_error(_vfs: *mut sqlite3_vfs, _size: c_int, _message: *mut c_char) {}

unsafe extern "C" fn randomness(vfs: *mut sqlite3_vfs, size: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite passes our VFS and `size` bytes for the answer.
    let (app, buffer) = unsafe { (app(vfs), buffer(out.cast(), size)) };
    let done = on(&app.medium, |medium| {
        medium.random_bytes(buffer);
        Ok(())
    });
    if done.is_ok() { size } else { 0 }
}

unsafe extern "C" fn sleep(vfs: *mut sqlite3_vfs, microseconds: c_int) -> c_int {
    // SAFETY: SQLite passes our VFS.
    let app = unsafe { app(vfs) };
    // A disk that is no more has no clock either.
    let _ = on(&app.medium, |medium| {
        medium.sleep(i64::from(microseconds) / 1000);
        Ok(())
    });
    let asked = Duration::from_micros(u64::try_from(microseconds).unwrap_or(0));
    thread::sleep(asked.min(NAP_MAX));
    microseconds
}

unsafe extern "C" fn current_time(vfs: *mut sqlite3_vfs, out: *mut sqlite3_int64) -> c_int {
    // SAFETY: SQLite passes our VFS and a place for the answer.
    unsafe {
        let now = on(&app(vfs).medium, |medium| Ok(medium.now_ms()));
        store(now.map(|ms| ms + JULIAN_TO_UNIX_MS), out, ffi::SQLITE_ERROR)
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: the file is open; SQLite does not use it after this.
    let state = unsafe { Box::from_raw((*file.cast::<OpenFile>()).state) };
    // Where there is no disk there is nothing to close.
    let _ = state.on(|medium, id| {
        medium.close(id);
        Ok(())
    });
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut sqlite3_file,
    out: *mut c_void,
    size: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open; SQLite passes `size` bytes for the answer.
    let (state, buffer) = unsafe { (state(file), buffer(out, size)) };
    let read = state.on(|medium, id| medium.read(id, buffer, offset(at)?));
    match read {
        // The rest is zeros already.
        Ok(length) if length < buffer.len() => ffi::SQLITE_IOERR_SHORT_READ,
        other => code(other.map(drop), ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    bytes: *const c_void,
    size: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: the file is open; SQLite passes `size` bytes.
    let (state, bytes) = unsafe {
        let size = usize::try_from(size).unwrap_or(0);
        (state(file), slice::from_raw_parts(bytes.cast::<u8>(), size))
    };
    let written = state.on(|medium, id| medium.write(id, bytes, offset(at)?));
    code(written, ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, size: sqlite3_int64) -> c_int {
    // SAFETY: the file is open.
    let state = unsafe { state(file) };
    let done = state.on(|medium, id| medium.truncate(id, offset(size)?));
    code(done, ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: the file is open.
    let state = unsafe { state(file) };
    code(state.on(Medium::sync), ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut sqlite3_file, out: *mut sqlite3_int64) -> c_int {
    // SAFETY: the file is open; SQLite passes a place for the answer.
    unsafe {
        let size = state(file).on(Medium::size);
        store(size.map(u64::cast_signed), out, ffi::SQLITE_IOERR_FSTAT)
    }
}

unsafe extern "C" fn lock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: the file is open.
    let state = unsafe { state(file) };
    let done = state.on(|medium, id| medium.lock(id, self::level(level)));
    code(done, ffi::SQLITE_IOERR_LOCK)
}

unsafe extern "C" fn unlock(file: *mut sqlite3_file, level: c_int) -> c_int {
    // SAFETY: the file is open.
    let state = unsafe { state(file) };
    // Who is dead holds no lock.
    let _ = state.on(|medium, id| {
        medium.unlock(id, self::level(level));
        Ok(())
    });
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: the file is open; SQLite passes a place for the answer.
    unsafe {
        let reserved = state(file).on(Medium::is_reserved).map(c_int::from);
        store(reserved, out, ffi::SQLITE_IOERR_CHECKRESERVEDLOCK)
    }
}

extern "C" fn file_control(_file: *mut sqlite3_file, _code: c_int, _value: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

extern "C" fn sector_size(_file: *mut sqlite3_file) -> c_int {
    SECTOR as c_int
}

/// Nothing is atomic, nothing is in order, appends are not safe.
unsafe extern "C" fn device_characteristics(file: *mut sqlite3_file) -> c_int {
    // SAFETY: the file is open.
    if unsafe { state(file) }.powersafe {
        ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
    } else {
        0
    }
}

unsafe extern "C" fn shm_map(
    file: *mut sqlite3_file,
    index: c_int,
    size: c_int,
    make: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: the file is open.
    let state = unsafe { state(file) };
    let mapped = state.on(|medium, id| {
        let index = usize::try_from(index).map_err(|_| Failure::Refused)?;
        let size = usize::try_from(size).map_err(|_| Failure::Refused)?;
        medium.map(id, index, size, make != 0)
    });
    let place = mapped.map(|region| {
        region.map_or(ptr::null_mut(), |region| {
            // The words are atomic, so they may be changed through a shared reference.
            let place = region.as_ptr().cast_mut().cast();
            state.regions.push(region);
            place
        })
    });
    // SAFETY: SQLite passes a place for the answer.
    unsafe { store(place, out, ffi::SQLITE_IOERR_SHMMAP) }
}

unsafe extern "C" fn shm_lock(
    file: *mut sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: the file is open.
    let state = unsafe { state(file) };
    let range = first..first.saturating_add(count);
    let mask = (0..8u8)
        .filter(|bit| range.contains(&c_int::from(*bit)))
        .fold(0, |mask, bit| mask | 1 << bit);
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        // Who is dead holds no lock.
        let _ = state.on(|medium, id| {
            medium.unlock_memory(id, mask);
            Ok(())
        });
        return ffi::SQLITE_OK;
    }
    let locked = state.on(|medium, id| {
        let memory = medium.memory_of(id)?;
        if flags & ffi::SQLITE_SHM_SHARED != 0 {
            memory.lock_shared(id, mask)
        } else {
            memory.lock_exclusive(id, mask)
        }
    });
    code(locked, ffi::SQLITE_IOERR_SHMLOCK)
}

unsafe extern "C" fn shm_barrier(file: *mut sqlite3_file) {
    // SAFETY: the file is open.
    let state = unsafe { state(file) };
    fence(Ordering::SeqCst);
    // As on Unix, taking a mutex that all share makes sure of it.
    let _ = state.on(|_, _| Ok(()));
}

unsafe extern "C" fn shm_unmap(file: *mut sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: the file is open; SQLite does not use its pointers after this.
    let state = unsafe { state(file) };
    let _ = state.on(|medium, id| {
        medium.unmap(id);
        Ok(())
    });
    state.regions.clear();
    ffi::SQLITE_OK
}

/// The bytes that SQLite gives for an answer, zeroed: they may not have been written yet.
///
/// # Safety
///
/// `out` is valid for writes of `size` bytes as long as the slice is used.
unsafe fn buffer<'a>(out: *mut c_void, size: c_int) -> &'a mut [u8] {
    let size = usize::try_from(size).unwrap_or(0);
    // SAFETY: the caller promises it.
    unsafe {
        out.write_bytes(0, size);
        slice::from_raw_parts_mut(out.cast(), size)
    }
}

fn offset(at: sqlite3_int64) -> Outcome<u64> {
    u64::try_from(at).map_err(|_| Failure::Refused)
}

fn level(level: c_int) -> Level {
    match level {
        ffi::SQLITE_LOCK_NONE => Level::None,
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        _ => Level::Exclusive,
    }
}
