use axum::{
    http::{HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use desk::{DeskError, RestoreError, Right};

use super::{plan, tell, view::Page};
use crate::{
    answer::{Answer, render, render_wrong},
    failure::Failure,
    form::Form,
    path::Path,
    texts::RestoringTexts,
    visit::Member,
};

pub(super) async fn show(member: Member, Path(id): Path<i64>) -> Answer {
    member.needs(Right::Look)?;
    let view = plan(&member, id).await?;
    render(&Page::of(&member, &view, Form::default())?)
}

/// The papers for accountant and tax office.
pub(super) async fn report(member: Member, Path(id): Path<i64>) -> Answer {
    member.needs(Right::Report)?;
    let zip = match member.desk.restoration_report(id).await {
        Ok(zip) => zip,
        Err(DeskError::Restore(RestoreError::Unknown(_))) => return Err(Failure::NotFound),
        Err(error) => {
            let mut form = Form::default();
            tell(&mut form, error, RestoringTexts::of(member.language))?;
            let view = plan(&member, id).await?;
            return render_wrong(&Page::of(&member, &view, form)?);
        }
    };
    let by = member.session().actor();
    member
        .desk
        .note_act(&by, "restoration_report", id, "")
        .await?;
    let name = format!("attachment; filename=\"restoration-{id}.zip\"");
    let name = HeaderValue::from_str(&name).map_err(|_| Failure::Internal)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/zip"),
        ),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((StatusCode::OK, headers, zip).into_response())
}
