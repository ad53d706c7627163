//! Tokens: the key in a header, its hash in the inventory, and the user behind it.
//!
//! Only hashes are kept. Keys are 160 random bits, so that one fast hash is enough. What a token leads to is remembered
//! until anything in the inventory changes, so that a token or a permission that is taken away counts at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;
use serde_json::Value as Json;
use trueup_engine::Value;
use trueup_inventory::{
    Change, ChangeContext, Inventory, InventoryError, Only, PathValues, RecordId, Revision, Selection, WriteError,
};

use super::{Caller, Right, TokenKind};
use crate::app::App;
use crate::error::ApiError;

/// Callers by the hash of their token, as of one state of the inventory.
#[derive(Debug, Default)]
pub struct Tokens(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    revision: Option<Revision>,
    /// With when the token ends.
    callers: HashMap<String, (Arc<Caller>, Option<Timestamp>)>,
}

/// What is kept of a key.
pub fn hash(key: &str) -> String {
    blake3::hash(key.as_bytes()).to_hex().to_string()
}

fn refused(detail: &str) -> ApiError {
    ApiError::detail(StatusCode::FORBIDDEN, detail)
}

/// The caller that the headers of a request name.
pub async fn caller(app: &App, headers: &HeaderMap) -> Result<Arc<Caller>, ApiError> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut words = given.split_whitespace();
    if !words.next().is_some_and(|word| word.eq_ignore_ascii_case("token")) {
        return Err(refused("Authentication credentials were not provided."));
    }
    let Some(key) = words.next() else { return Err(refused("Invalid token header. No credentials provided.")) };
    if words.next().is_some() {
        return Err(refused("Invalid token header. Token string should not contain spaces."));
    }
    let hash = hash(key);
    let revision = app.inventory.reader().await?.revision().await?;
    if let Some(caller) = app.tokens.get(revision, &hash) {
        return Ok(caller);
    }
    // Read after the revision: what is remembered is never older than what it is remembered for.
    let (caller, expires) = load(&app.inventory, &hash).await?;
    let caller = Arc::new(caller);
    app.tokens.put(revision, hash, Arc::clone(&caller), expires);
    Ok(caller)
}

impl Tokens {
    fn get(&self, revision: Revision, hash: &str) -> Option<Arc<Caller>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (caller, expires) = known.callers.get(hash).filter(|_| known.revision == Some(revision))?;
        expires.is_none_or(|expires| expires >= Timestamp::now()).then(|| Arc::clone(caller))
    }

    fn put(&self, revision: Revision, hash: String, caller: Arc<Caller>, expires: Option<Timestamp>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.revision != Some(revision) {
            *known = Known { revision: Some(revision), callers: HashMap::new() };
        }
        known.callers.insert(hash, (caller, expires));
    }
}

async fn rows(inventory: &Inventory, selection: &Selection) -> Result<Vec<(RecordId, Vec<Value>)>, InventoryError> {
    let mut rows = Vec::new();
    inventory.read(selection, &mut |row| rows.push((row.id(), row.into_values()))).await?;
    Ok(rows)
}

async fn load(inventory: &Inventory, hash: &str) -> Result<(Caller, Option<Timestamp>), ApiError> {
    let fields = ["user__id", "user__username", "user__is_active", "user__is_superuser", "write_enabled", "expires"];
    let only = Only::Keys { paths: vec!["key_hash".to_owned()], keys: vec![vec![Value::from(hash)]] };
    let found = rows(inventory, &Selection::all("users.token", fields).only(only)).await?;
    let Some((_, values)) = found.into_iter().next() else { return Err(refused("Invalid token")) };
    let [user, name, active, superuser, writes, expires] = values.as_slice() else {
        return Err(refused("Invalid token"));
    };
    let expires = match expires {
        Value::DateTime(expires) => Some(*expires),
        _ => None,
    };
    if expires.is_some_and(|expires| expires < Timestamp::now()) {
        return Err(refused("Token expired"));
    }
    if *active != Value::Bool(true) {
        return Err(refused("User inactive"));
    }
    let user_name: Arc<str> = name.to_string().into();
    let superuser = *superuser == Value::Bool(true);
    let grants = if superuser { HashMap::new() } else { grants(inventory, &user_name).await? };
    let caller = Caller {
        user: RecordId(user.to_string().parse().map_err(|_| refused("Invalid token"))?),
        user_name,
        token: if *writes == Value::Bool(true) { TokenKind::Writing } else { TokenKind::ReadOnly },
        superuser,
        grants: Arc::new(grants),
    };
    Ok((caller, expires))
}

/// The union of a user's permissions.
async fn grants(
    inventory: &Inventory,
    user_name: &str,
) -> Result<HashMap<(Right, String), Option<Vec<Json>>>, InventoryError> {
    let fields = ["enabled", "object_types", "actions", "constraints", "users"];
    let mut grants: HashMap<(Right, String), Option<Vec<Json>>> = HashMap::new();
    for (_, values) in rows(inventory, &Selection::all("users.objectpermission", fields)).await? {
        let [enabled, types, actions, constraints, users] = values.as_slice() else { continue };
        let is_ours = matches!(users, Value::Set(users) if users.iter().any(|user| *user == Value::from(user_name)));
        if *enabled != Value::Bool(true) || !is_ours {
            continue;
        }
        let constraints = constraints.to_json();
        let Json::Array(actions) = actions.to_json() else { continue };
        let Value::Set(types) = types else { continue };
        for right in actions.iter().filter_map(Json::as_str).filter_map(Right::of_action) {
            for content_type in types.iter().map(ToString::to_string) {
                let grant = grants.entry((right, content_type)).or_insert_with(|| Some(Vec::new()));
                match &constraints {
                    Json::Null => *grant = None,
                    Json::Array(all) => grant.iter_mut().for_each(|grant| grant.extend(all.iter().cloned())),
                    one => grant.iter_mut().for_each(|grant| grant.push(one.clone())),
                }
            }
        }
    }
    Ok(grants)
}

/// Makes an administrator and a token of theirs, as far as they are not there.
///
/// # Errors
/// The database failed, or a record was refused.
pub async fn make_administrator(inventory: &Inventory, name: &str, key: &str) -> Result<(), MakeError> {
    let context = ChangeContext::job("system", "start of the server");
    let pairs = |pairs: &[(&str, Value)]| -> PathValues {
        pairs.iter().map(|(path, value)| (Arc::from(*path), value.clone())).collect()
    };
    let by = |path: &str, value: Value| Only::Keys { paths: vec![path.to_owned()], keys: vec![vec![value]] };
    let user = Selection::all("users.user", ["id"]).only(by("username", name.into()));
    let token = Selection::all("users.token", ["id"]).only(by("key_hash", hash(key).into()));
    let mut changes = Vec::new();
    if rows(inventory, &user).await?.is_empty() {
        let yes = Value::Bool(true);
        let values =
            [("username", name.into()), ("is_superuser", yes.clone()), ("is_staff", yes.clone()), ("is_active", yes)];
        changes.push(Change::create("users.user", pairs(&values)));
    }
    if rows(inventory, &token).await?.is_empty() {
        let values = [
            ("user__username", name.into()),
            ("key_hash", hash(key).into()),
            ("write_enabled", Value::Bool(true)),
            ("description", "made at the start of the server".into()),
        ];
        changes.push(Change::create("users.token", pairs(&values)));
    }
    for answer in inventory.write(&changes, &context).await? {
        answer?;
    }
    Ok(())
}

/// Why there is no administrator.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    #[error(transparent)]
    Inventory(#[from] InventoryError),
    #[error(transparent)]
    Refused(#[from] WriteError),
}
