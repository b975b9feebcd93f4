"""Scripts and styles as they travel: without blanks nobody needs, and with short names for what they alone know."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain, product
from string import ascii_letters

_QUOTED = r"'[^'\n]*'|\"[^\"\n]*\"|`[^`]*`"
_QUOTED_OR_SIGN = re.compile(rf"({_QUOTED})|\s*(=>|[=!]==|&&|\|\||[=,;:?(){{}}]|(?<=[^-+] )[-+*<>](?= [^-+]))\s*")
# Between slashes stands a pattern, where no number can have come before.
_PARTS = re.compile(rf"({_QUOTED}|(?<=[(,=:&|!?\[{{;])/(?:\\.|[^/\\\n])+/)")
_PIECES = re.compile(rf"{_QUOTED}|;const |const |[\\w.]+|.", re.DOTALL)
_INSERTED = re.compile(r"\$\{([^}]*)\}")
# What follows one dot is a property; what follows three is spread out.
_NAME = re.compile(r"(?<![\w$])(?<![^.]\.)[A-Za-z]\w*")
_DECLARED = re.compile(r"\b(?:const|let) (\w+)|\b(?:const|let) \[([\w,]+)\]|\(?\[?([\w,]+)\]?\)?=>|,(\w+)=")
_KEY = re.compile(r"[{,](\w+):")
_SHORTHAND = re.compile(r"[(=,:]\{([^{}]*)\}")
WORTH = 3
RESERVED = {"do", "if", "in", "of"}


def tight(script: str) -> str:
    """Return a script without the blanks and ends of lines around signs that need none; quotes are left alone.

    >>> tight("const told = (one, b) => { return one ? ' = ' : `${b} = ` + +one; };")
    "const told=(one,b)=>{return one?' = ':`${b} = ` + +one;};"
    """
    return _QUOTED_OR_SIGN.sub(lambda found: found[1] or found[2], script)


def joined(script: str) -> str:
    """Return a tight script in which declarations that follow each other are told in one breath.

    >>> joined("const a=1;const b=(()=>{const c=a;const d=c;return d;})();let e=b;const f=e;")
    'const a=1,b=(()=>{const c=a,d=c;return d;})();let e=b;const f=e;'
    """
    begun, pieces = [""], []
    for part in _PIECES.findall(script):
        if part == ";const " and begun[-1] == "const ":
            pieces.append(",")
            continue
        pieces.append(part)
        if part in (";const ", "const "):
            begun[-1] = "const "
        elif part in "([{":
            begun.append("")
        elif part in ")]}":
            begun.pop()
            begun[-1] = "" if part == "}" and begun[-1] != "const " else begun[-1]
        elif part == ";":
            begun[-1] = ""
    return "".join(pieces)


def tight_style(style: str) -> str:
    """Return a style without the blanks and ends of lines around signs that need none.

    >>> tight_style("h2 + .done,\\nh2{margin:0 1px;\\ncolor:red;}\\n@media (x:1) and (y:2){a{top:calc(1px + 2px)}}")
    'h2+.done,h2{margin:0 1px;color:red}@media (x:1) and (y:2){a{top:calc(1px + 2px)}}'
    """
    joined = re.sub(r"\n?([{},;])\s*", r"\1", style).replace(";}", "}")
    return re.sub(r"(?:^|(?<=[{}]))[^{}@]+(?={)", lambda found: re.sub(r" ?([+>]) ?", r"\1", found[0]), joined)


def shortened(script: str) -> str:
    """Return a tight script whose own variables have names of one or two letters.

    A name that is also the key of an object, or may stand for one, is left as it is, and so is what follows a dot or
    stands in quotes.

    >>> shortened("const items=find('items'),key=1;let done=key;post({key,items:done.items},`${items} items`);")
    "const items=find('items'),key=1;let a=key;post({key,items:a.items},`${items} items`);"
    >>> shortened("const told=1;post({...told,told:x.told,told});const said=told=>f(...said);")
    'const told=1;post({...told,told:x.told,told});const a=told=>f(...a);'
    """
    parts = _PARTS.split(script)
    code = "".join(_code_in(part) for part in parts)
    own = _own_names(code)
    counted = Counter(name for name in _NAME.findall(code) if name in own)
    taken = set(re.findall(r"\w+", code))
    free = (name for name in _short_names() if name not in taken)
    names = {name: next(free) for name, _ in counted.most_common()}
    return "".join(_renamed(part, lambda name: names.get(name[0], name[0])) for part in parts)


def _own_names(code: str) -> set[str]:
    declared = ",".join(chain.from_iterable(_DECLARED.findall(code))).split(",")
    inside = ",".join(_SHORTHAND.findall(code)).split(",")
    keys = {*_KEY.findall(code), *(part for part in inside if part.isidentifier())}
    return {name for name in declared if len(name) >= WORTH} - keys


def _short_names() -> Iterator[str]:
    pairs = (first + second for first, second in product(ascii_letters, repeat=2))
    return chain(ascii_letters, (pair for pair in pairs if pair not in RESERVED))


def _is_quoted(part: str) -> bool:
    return part[:1] in ("'", '"', "`", "/")


def _code_in(part: str) -> str:
    """Return what of a part is code: all of it, nothing of a text in quotes, what is put into a template."""
    if part[:1] == "`":
        return ";".join(_INSERTED.findall(part))
    return "" if _is_quoted(part) and len(part) > 1 else part


def _renamed(part: str, rename: Callable[["re.Match[str]"], str]) -> str:
    if part[:1] == "`":
        return _INSERTED.sub(lambda found: f"${{{_NAME.sub(rename, found[1])}}}", part)
    return part if _is_quoted(part) and len(part) > 1 else _NAME.sub(rename, part)
