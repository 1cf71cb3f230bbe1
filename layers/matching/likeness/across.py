"""How alike a Chinese and an English name are: words that translate each other, and words that spell a sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from layers.matching.likeness.vocabulary import CHINESE_OF, KIND_TERMS, KIND_WORDS, LONGEST_TERM, TERMS

# What two names are worth of which every word agrees: a sound has many meanings, and a word many translations.
MOST = 0.9
# The same of names that have nothing of their own, such as 上海大厦 and Shanghai Tower.
_BARE = 0.7
# What a word of the kind or of the town counts beside one of its own, and a character beside a word.
_SLIGHT, _GLYPH = 0.2, 0.5
# A single syllable is one of a hundred characters.
_FEWEST_SYLLABLES = 2
_LONGEST_RUN = 6
# Of longer names only so much is read; sources put whole descriptions into them.
_MOST_GLYPHS, _MOST_WORDS = 60, 20
# Names are met again with every neighbour.
_REMEMBERED = 50_000
_SILENT = frozenset(("the", "of", "on", "and", "at", "in", "for", "no"))
_KINDS = sorted(KIND_TERMS, key=len, reverse=True)
# The readings of each character.
Sounds = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Heard:
    """A Chinese name: how its characters sound, what English ``words`` it may be, and what only tells the kind."""

    sounds: Sounds
    begins: tuple[str, ...]
    words: frozenset[str]
    slight: tuple[bool, ...]


@dataclass
class _Alignment:
    """A Chinese name and English words, and what of both has found its like so far."""

    han: str
    words: tuple[str, ...]
    glyphs: list[bool]
    found: list[bool]

    def spell(self, heard: _Heard) -> None:
        """Let words, as many together as can, spell characters; syllables are written together or apart."""
        for first, word in enumerate(self.words):
            if self.found[first] or not word.startswith(heard.begins):
                continue
            for last in range(min(len(self.words), first + _LONGEST_RUN), first, -1):
                place = self._place("".join(self.words[first:last]), heard.sounds)
                if place is not None:
                    self._take(place, range(first, last))
                    break

    def translate(self) -> None:
        """Let each word that is left take the characters that it translates, such as are left before others."""
        for number, word in enumerate(self.words):
            terms = (*CHINESE_OF.get(word, ()), word)
            places = [range(at, at + len(term)) for term in terms if (at := self.han.find(term)) >= 0]
            fresh = [place for place in places if not any(self.glyphs[at] for at in place)]
            if places and not self.found[number]:
                self._take((fresh or places)[0], range(number, number + 1))

    def _place(self, letters: str, sounds: Sounds) -> range | None:
        for first in range(len(self.han)):
            for last in _ends(letters, sounds, first):
                if last - first >= _FEWEST_SYLLABLES and not any(self.glyphs[first:last]):
                    return range(first, last)
        return None

    def _take(self, glyphs: range, words: range) -> None:
        for at in glyphs:
            self.glyphs[at] = True
        for at in words:
            self.found[at] = True


def across(han: str, words: tuple[str, ...]) -> float:
    """Return how alike a folded Chinese name and the words of a folded English one are, from 0 to 0.9.

    Words spell characters by their sound (pinyin without tones, any reading of a character), or else translate them.
    The likeness is the share of both names that found its like; words of the kind (大厦, tower) and of the town count
    little.
    """
    told = tuple(word for word in words if word not in _SILENT)[:_MOST_WORDS]
    han = han[:_MOST_GLYPHS]
    heard = _hear(han)
    own = [word for word in told if word not in KIND_WORDS] or told
    # Most neighbours share nothing, and this is seen at once.
    if not any(word in heard.words or word.startswith(heard.begins) for word in own):
        return 0.0
    both = _Alignment(han, told, [False] * len(han), [False] * len(told))
    both.spell(heard)
    both.translate()
    sides = heard.slight, tuple(word in KIND_WORDS for word in told)
    shares = _share(sides[0], both.glyphs, _GLYPH), _share(sides[1], both.found, 1.0)
    whole = sum(weight for _, weight in shares)
    agreed = sum(share * weight for share, weight in shares) / whole
    # What one side has of its own and the other lacks makes another name of it, however long the rest is.
    least = min(share for share, _ in shares)
    return (_BARE if any(all(slight) for slight in sides) else MOST) * (agreed + least) / 2


def _share(slight: tuple[bool, ...], found: list[bool], unit: float) -> tuple[float, float]:
    """Return the share of a name that found its like, and what the name counts."""
    weights = [unit * (_SLIGHT if little else 1) for little in slight]
    agreed = sum(weight for weight, is_found in zip(weights, found, strict=True) if is_found)
    return agreed / sum(weights), sum(weights)


def _ends(letters: str, sounds: Sounds, first: int) -> list[int]:
    """Return where the characters end that letters spell wholly from one on."""
    if not letters:
        return [first]
    if first == len(sounds):
        return []
    rests = (letters[len(sound) :] for sound in sounds[first] if letters.startswith(sound))
    return [end for rest in rests for end in _ends(rest, sounds, first + 1)]


@lru_cache(maxsize=_REMEMBERED)
def _hear(text: str) -> _Heard:
    # Its dictionary is read at the first import, for which those need not wait who compare nothing.
    from pypinyin import Style, pinyin

    read = pinyin(text, style=Style.NORMAL, heteronym=True, errors=_glyphs)
    sounds = tuple(tuple(dict.fromkeys(sound.replace("v", "u") for sound in each)) for each in read)
    begins = tuple({sound for each in sounds for sound in each})
    return _Heard(sounds, begins, frozenset(_english(text)), _slight(text))


def _glyphs(text: str) -> Any:
    """Return letters that are not Chinese one by one, so that places stay what they are."""
    return list(text)


def _english(text: str) -> Iterator[str]:
    """Return the words that translate something of a Chinese name."""
    for first in range(len(text)):
        for last in range(first + 1, min(len(text), first + LONGEST_TERM) + 1):
            yield from TERMS.get(text[first:last], ())


def _slight(text: str) -> tuple[bool, ...]:
    """Return which characters only tell the kind or the town."""
    slight = [False] * len(text)
    for term in _KINDS:
        # One character is the kind at the end alone: 江 in 黄浦江, and not in 江苏路.
        at = text.find(term) if len(term) > 1 else len(text) - 1 if text.endswith(term) else -1
        if at >= 0:
            slight[at : at + len(term)] = [True] * len(term)
    return tuple(slight)
