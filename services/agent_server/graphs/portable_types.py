"""Types of which Pydantic makes no JSON schema before Python 3.12, made anew so that it does."""

import sys
from types import UnionType
from typing import (
    Annotated,
    Any,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import typing_extensions


def portable(annotation: Any) -> Any:
    """Return a type with each `typing.TypedDict` in it replaced by the same of `typing_extensions`.

    https://errors.pydantic.dev/2/u/typed-dict-version
    """
    return annotation if sys.version_info >= (3, 12) else _portable(annotation, {})


def _portable(annotation: Any, made: dict[Any, Any]) -> Any:
    if is_typeddict(annotation) and type(annotation).__module__ == "typing":
        return _typed_dict(annotation, made)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return Annotated[(_portable(arguments[0], made), *annotation.__metadata__)]
    changed = tuple(_portable(argument, made) for argument in arguments)
    if changed == arguments or origin is None:
        return annotation
    return Union[changed] if origin is UnionType else origin[changed]  # noqa: UP007  (made at run time)


def _typed_dict(annotation: Any, made: dict[Any, Any]) -> Any:
    if annotation in made:
        return made[annotation]
    made[annotation] = dict[str, Any]  # what a field of its own type becomes
    fields = {
        name: _required(hint, in_class=name in annotation.__required_keys__, made=made)
        for name, hint in get_type_hints(annotation, include_extras=True).items()
    }
    made[annotation] = typing_extensions.TypedDict(annotation.__name__, fields)  # type: ignore[operator]
    return made[annotation]


def _required(hint: Any, *, in_class: bool, made: dict[Any, Any]) -> Any:
    """Return a field's type marked as the class or, where it is written at the field, the field says."""
    marked = get_origin(hint) in (Required, NotRequired)
    mark = get_origin(hint) if marked else Required if in_class else NotRequired
    return mark[_portable(get_args(hint)[0] if marked else hint, made)]
