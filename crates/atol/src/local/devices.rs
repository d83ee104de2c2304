//! Devices of v2: the slots, as they are configured. Nothing of them is changed here; clients that
//! add and activate their device before each shift are told that it is there (ATOL web requests
//! §9.2; the bodies of the answers are \[unverified\]).

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::{
    Face,
    answer::Fault,
    parts::{Body, Device, Segment},
    slots,
    task::code,
};

/// `POST /api/v2/devices`: 409 for a slot, 404 for anything else.
pub(super) async fn add(State(face): State<Face>, Body(body): Body) -> Result<Json<Value>, Fault> {
    let settings: Value = serde_json::from_slice(&body)
        .map_err(|error| Fault::bad(format!("Тело запроса не JSON: {error}")))?;
    let named = ["id", "deviceID", "uniqueId"]
        .into_iter()
        .find_map(|name| settings.get(name)?.as_str());
    let Some(device) = named else {
        return Err(Fault::bad("Нет обязательного поля «id»"));
    };
    slots::check_device(&face.desk, Some(device)).await?;
    let why = "Такое устройство уже есть: устройства это гнезда из настройки Kassette";
    Err(Fault::new(StatusCode::CONFLICT, code::BAD_PARAMETER, why))
}

/// `PUT /api/v2/devices/{id}`: its settings stay as they are.
pub(super) async fn change(
    State(face): State<Face>,
    Segment(device): Segment,
) -> Result<Json<Value>, Fault> {
    slots::check_device(&face.desk, Some(&device)).await?;
    Ok(Json(json!({"id": device})))
}

/// `POST /api/v2/activateDevice?deviceID=`: slots are always at work.
pub(super) async fn activate(
    State(face): State<Face>,
    Device(device): Device,
) -> Result<Json<Value>, Fault> {
    slots::check_device(&face.desk, device.as_deref()).await?;
    Ok(Json(json!({"id": device})))
}
