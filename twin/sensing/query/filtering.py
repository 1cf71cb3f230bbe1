"""From the text of a filter to its syntax tree, by the precedence of operators (OGC 18-088, 9.3.3.5)."""

from collections.abc import Callable
from typing import NoReturn, TypeVar

from twin.sensing.query.expression import (
    ARITHMETIC,
    COMPARISONS,
    LOGICAL,
    Binary,
    Call,
    Expression,
    In,
    Literal,
    Property,
    Unary,
    is_boolean,
)
from twin.sensing.query.functions import FUNCTIONS
from twin.sensing.query.tokens import Text, Token

# How tightly operators bind. ``not`` takes a whole comparison: the only reading that has a sense.
BINDING = {
    "or": 1, "and": 2, "not": 3, **dict.fromkeys((*COMPARISONS, "in"), 4), "add": 5, "sub": 5, "mul": 6, "div": 6,
    "mod": 6, "-": 7,
}  # fmt: skip
Item = TypeVar("Item")
DEEPEST, MOST_NODES, MOST_CHOICES = 40, 1000, 500
_CONSTANTS = {"true": True, "false": False, "null": None}


def parse_filter(text: str, option: str = "$filter") -> Expression:
    """Read a condition; raises ParameterError that names the option and the place."""
    parser = Parser(Text(option, text))
    condition = parser.expression()
    parser.expect_end()
    if not is_boolean(condition):
        raise parser.text.error(0, "this is no condition: it is neither true nor false")
    return condition


def parse_expression(text: str, option: str) -> Expression:
    """Read any expression."""
    parser = Parser(Text(option, text))
    expression = parser.expression()
    parser.expect_end()
    return expression


class Parser:
    """Reads one text from left to right."""

    def __init__(self, text: Text) -> None:
        """Begin at the first token."""
        self.text = text
        self._tokens = list(text.tokens())
        self._at = 0
        self._depth = 0
        if len(self._tokens) > MOST_NODES:
            raise text.error(self._tokens[MOST_NODES].start, f"this has more than {MOST_NODES} words and marks")

    def expression(self, least: int = 0) -> Expression:
        """Read as much as operators bind that bind more tightly than ``least``."""
        self._depth += 1
        if self._depth > DEEPEST:
            self._fail(f"this is nested more than {DEEPEST} deep")
        left = self._operand()
        while (operator := self._operator()) is not None and BINDING[operator] > least:
            left = self._joined(left, operator)
        self._depth -= 1
        return left

    def expect_end(self) -> None:
        """Raise unless all was read."""
        if self._now.kind != "end":
            self._fail("an operator such as and, or, eq, gt is missing before this")

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._now
        self._at += token.kind != "end"
        return token

    def _fail(self, message: str, token: Token | None = None) -> NoReturn:
        raise self.text.error((token or self._now).start, message)

    def _operator(self) -> str | None:
        token = self._now
        is_infix = token.kind == "name" and token.text in BINDING and token.text != "not"
        return token.text if is_infix else None

    def _joined(self, left: Expression, operator: str) -> Expression:
        token = self._next()
        if operator == "in":
            return In(left, self._choices())
        right = self.expression(BINDING[operator])
        if operator in LOGICAL and not (is_boolean(left) and is_boolean(right)):
            self._fail(f"{operator} joins conditions, and one of these is none", token)
        if operator in ARITHMETIC and (is_condition(left) or is_condition(right)):
            self._fail(f"{operator} takes numbers, and one of these is a condition", token)
        return Binary(operator, left, right)

    def _operand(self) -> Expression:
        token = self._next()
        if token.is_literal:
            return Literal(self.text.value(token))
        if token.text == "(":
            inner = self.expression()
            self._expect(")")
            return inner
        if token.text == "-":
            return self._negated(token)
        if token.text == "not":
            return self._not(token)
        if token.kind != "name":
            self._fail("a property, a value, a function or ( is missing here", token)
        return self._named(token)

    def _negated(self, token: Token) -> Expression:
        operand = self.expression(BINDING["-"])
        if isinstance(operand, Literal) and type(operand.value) in (int, float):
            return Literal(-operand.value)  # type: ignore[operator]
        if isinstance(operand, Literal) or is_condition(operand):
            self._fail("- takes a number", token)
        return Unary("-", operand)

    def _not(self, token: Token) -> Expression:
        operand = self.expression(BINDING["not"])
        if not is_boolean(operand):
            self._fail("not takes a condition", token)
        return Unary("not", operand)

    def _named(self, token: Token) -> Expression:
        if self._now.text == "(":
            return self._call(token)
        if token.text in _CONSTANTS and self._now.text != "/":
            return Literal(_CONSTANTS[token.text])
        if token.text in BINDING:
            self._fail("an operand is missing before this", token)
        steps = [token.text]
        while self._now.text == "/":
            self._next()
            step = self._next()
            if step.kind not in ("name", "number"):
                self._fail("the name of a property is missing after /", step)
            steps.append(step.text)
        return Property(tuple(steps))

    def _call(self, token: Token) -> Call:
        name = token.text.lower()
        function = FUNCTIONS.get(name)
        if function is None:
            self._fail(f"there is no function {token.text[:40]}; there are {', '.join(sorted(FUNCTIONS))}", token)
        self._expect("(")
        arguments = [] if self._now.text == ")" else self._list(self.expression)
        self._expect(")")
        if not function.least <= len(arguments) <= function.most:
            takes = " or ".join(map(str, range(function.least, function.most + 1)))
            self._fail(f"{name} takes {takes} arguments, and has {len(arguments)}", token)
        return Call(name, tuple(arguments))

    def _choices(self) -> tuple[Literal, ...]:
        self._expect("(")
        choices = self._list(self._choice)
        self._expect(")")
        if len(choices) > MOST_CHOICES:
            self._fail(f"in has more than {MOST_CHOICES} values")
        return tuple(choices)

    def _choice(self) -> Literal:
        token = self._now
        choice = self._operand()
        if not isinstance(choice, Literal):
            self._fail("in takes values", token)
        return choice

    def _list(self, read: Callable[[], Item]) -> list[Item]:
        items = [read()]
        while self._now.text == ",":
            self._next()
            items.append(read())
        return items

    def _expect(self, mark: str) -> None:
        if self._now.text != mark or self._now.kind != "mark":
            self._fail(f"{mark} is missing here")
        self._next()


def is_condition(expression: Expression) -> bool:
    """Tell whether an expression is true or false for certain, as a property alone is not."""
    return is_boolean(expression) and not isinstance(expression, Property)
