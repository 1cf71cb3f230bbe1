"""Likeness of a Chinese and an English name: words that translate each other, and words that spell a sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from layers.entities.matching.likeness.vocabulary import CHINESE_OF, KIND_TERMS, KIND_WORDS, LONGEST_TERM, TERMS

# The likeness of names of which every word agrees: a sound has many meanings, and a word many translations.
MOST = 0.9
# The same for names without a distinctive word, such as 上海大厦 and Shanghai Tower.
_GENERIC = 0.7
# The weights of a word of the kind or the town against a distinctive one, and of a character against a word.
_GENERIC_WEIGHT, _CHARACTER_WEIGHT = 0.2, 0.5
# A single syllable may be any of a hundred characters.
_FEWEST_SYLLABLES = 2
_LONGEST_RUN = 6
# Longer names are cut; some sources put descriptions into them.
_MOST_GLYPHS, _MOST_WORDS = 60, 20
# A name is compared with every neighbour.
_CACHED = 50_000
_STOP_WORDS = frozenset(("the", "of", "on", "and", "at", "in", "for", "no"))
_KINDS = sorted(KIND_TERMS, key=len, reverse=True)
# The readings of each character.
Sounds = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _ChineseName:
    """A Chinese name: readings of its characters, possible English ``words``, and its ``generic`` characters."""

    sounds: Sounds
    begins: tuple[str, ...]
    words: frozenset[str]
    generic: tuple[bool, ...]


@dataclass
class _Alignment:
    """A Chinese name and English words, and which characters and words are matched so far."""

    han: str
    words: tuple[str, ...]
    glyphs: list[bool]
    matched: list[bool]

    def spell(self, chinese: _ChineseName) -> None:
        """Match words to characters by sound, as many words together as possible; syllables may be written apart."""
        for first, word in enumerate(self.words):
            if self.matched[first] or not word.startswith(chinese.begins):
                continue
            for last in range(min(len(self.words), first + _LONGEST_RUN), first, -1):
                place = self._place("".join(self.words[first:last]), chinese.sounds)
                if place is not None:
                    self._take(place, range(first, last))
                    break

    def translate(self) -> None:
        """Match each remaining word to the characters that it translates, unmatched ones first."""
        for number, word in enumerate(self.words):
            terms = (*CHINESE_OF.get(word, ()), word)
            places = [range(at, at + len(term)) for term in terms if (at := self.han.find(term)) >= 0]
            fresh = [place for place in places if not any(self.glyphs[at] for at in place)]
            if places and not self.matched[number]:
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
            self.matched[at] = True


def across(han: str, words: tuple[str, ...]) -> float:
    """Return how alike a folded Chinese name and the words of a folded English one are, from 0 to 0.9.

    Words spell characters by their sound (pinyin without tones, any reading of a character), or else translate them.
    The likeness is the matched share of both names; words of the kind (大厦, tower) and of the town count little.
    """
    significant = tuple(word for word in words if word not in _STOP_WORDS)[:_MOST_WORDS]
    han = han[:_MOST_GLYPHS]
    chinese = _chinese_name(han)
    distinctive = [word for word in significant if word not in KIND_WORDS] or significant
    # Most neighbours share nothing; leave early.
    if not any(word in chinese.words or word.startswith(chinese.begins) for word in distinctive):
        return 0.0
    both = _Alignment(han, significant, [False] * len(han), [False] * len(significant))
    both.spell(chinese)
    both.translate()
    sides = chinese.generic, tuple(word in KIND_WORDS for word in significant)
    shares = _share(sides[0], both.glyphs, _CHARACTER_WEIGHT), _share(sides[1], both.matched, 1.0)
    total = sum(weight for _, weight in shares)
    agreed = sum(share * weight for share, weight in shares) / total
    # An unmatched part on one side makes it another name, however long the rest is.
    least = min(share for share, _ in shares)
    return (_GENERIC if any(all(generic) for generic in sides) else MOST) * (agreed + least) / 2


def _share(generic: tuple[bool, ...], matched: list[bool], unit: float) -> tuple[float, float]:
    """Return the matched share of a name, and the weight of the name."""
    weights = [unit * (_GENERIC_WEIGHT if is_generic else 1) for is_generic in generic]
    agreed = sum(weight for weight, is_matched in zip(weights, matched, strict=True) if is_matched)
    return agreed / sum(weights), sum(weights)


def _ends(letters: str, sounds: Sounds, first: int) -> list[int]:
    """Return the ends of the runs of characters from ``first`` on that the letters spell completely."""
    if not letters:
        return [first]
    if first == len(sounds):
        return []
    rests = (letters[len(sound) :] for sound in sounds[first] if letters.startswith(sound))
    return [end for rest in rests for end in _ends(rest, sounds, first + 1)]


@lru_cache(maxsize=_CACHED)
def _chinese_name(text: str) -> _ChineseName:
    # Imported here, since the import reads a large dictionary that only comparisons need.
    from pypinyin import Style, pinyin

    readings = pinyin(text, style=Style.NORMAL, heteronym=True, errors=_glyphs)
    sounds = tuple(tuple(dict.fromkeys(sound.replace("v", "u") for sound in each)) for each in readings)
    begins = tuple({sound for each in sounds for sound in each})
    return _ChineseName(sounds, begins, frozenset(_english(text)), _generic(text))


def _glyphs(text: str) -> Any:
    """Return letters that are not Chinese one by one, so that positions are kept."""
    return list(text)


def _english(text: str) -> Iterator[str]:
    """Yield the English words that translate a part of a Chinese name."""
    for first in range(len(text)):
        for last in range(first + 1, min(len(text), first + LONGEST_TERM) + 1):
            yield from TERMS.get(text[first:last], ())


def _generic(text: str) -> tuple[bool, ...]:
    """Return which characters only name the kind or the town."""
    generic = [False] * len(text)
    for term in _KINDS:
        # One character is the kind at the end alone: 江 in 黄浦江, and not in 江苏路.
        at = text.find(term) if len(term) > 1 else len(text) - 1 if text.endswith(term) else -1
        if at >= 0:
            generic[at : at + len(term)] = [True] * len(term)
    return tuple(generic)
