use crate::kind::KindName;
use crate::record::Identity;
use crate::value::{MAX_DEPTH, NormaliseError};

/// Why a snapshot did not take a record or an operation.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SnapshotError {
    #[error("kind `{0}` is not declared")]
    UnknownKind(String),
    #[error("kind `{kind}` has no field `{field}`")]
    UnknownField { kind: KindName, field: String },
    #[error("a record of kind `{kind}` gives field `{field}` twice")]
    FieldTwice { kind: KindName, field: String },
    #[error("a record of kind `{kind}` lacks identifier `{field}`")]
    MissingIdentifier { kind: KindName, field: String },
    #[error("kind `{kind}` is identified by {wanted} values, but {found} were given")]
    WrongKeyLength { kind: KindName, wanted: usize, found: usize },
    #[error("field `{field}` of {identity}: {source}")]
    BadValue { identity: Identity, field: String, source: NormaliseError },
    #[error("field `{field}` of `{kind}` holds lists or maps more than {MAX_DEPTH} levels inside each other")]
    TooDeep { kind: KindName, field: String },
    #[error("{0} is already present; two records of one kind cannot have the same identifiers")]
    AlreadyExists(Identity),
    #[error("{0} is not present")]
    NotFound(Identity),
    #[error("records of kind `{child}` are not declared as children of kind `{parent}`")]
    NotAChildKind { parent: KindName, child: KindName },
    #[error("{child} already hangs below {parent}; a record has one parent, remove it there first")]
    HasParent { child: Identity, parent: Identity },
    #[error("{child} does not hang below {parent}")]
    NotAChild { parent: Identity, child: Identity },
    #[error("{child} cannot hang below {parent}: it would be its own ancestor")]
    OwnAncestor { parent: Identity, child: Identity },
    #[error("there is no room for {0}: a snapshot holds 4 billion records of less than 4 GiB each")]
    Full(Identity),
    #[error("more than 65,535 kinds")]
    TooManyKinds,
}
