"""The record of the design stage: what the particle is, never how it is computed.

A design is a tree, from the seed out. Lengths are Å inside; in YAML they are strings such
as ``"4 nm"``. Every model rejects unknown keys.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from epidot.units import parse


def _length(value: object) -> float:
    # Canonical JSON of a loaded design holds strings; numbers are refused because their unit is a guess.
    return parse(value, "length", "length")


Length = Annotated[float, BeforeValidator(_length), Field(gt=0)]


class Part(BaseModel):
    """Abstract base: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Core(Part):
    """A sphere of another material inside a domain."""

    material: str
    shape: Literal["sphere"] = "sphere"
    diameter: Length


class RodCore(Part):
    """A sphere or a coaxial rod embedded in a stack (dot-in-rod, rod-in-rod)."""

    material: str
    shape: Literal["sphere"] = "sphere"
    diameter: Length
    position: Length | None = None
    """Distance of its centre from the base; default: a third of the rod."""


class CrossSection(Part):
    """Cross-section of an arm or a rod; the diameter is that of the circle of equal area."""

    shape: Literal["hexagon", "circle"] = "hexagon"
    diameter: Length


class Segment(Part):
    """A piece of an arm or a rod, of one material."""

    material: str
    length: Length


class Arm(Part):
    """A rod that grows from one {111} facet of a zinc-blende branch point."""

    facet: Literal[0, 1, 2, 3] | None = None
    polarity: Literal["A"] = "A"
    phase: Literal["wz", "zb"] = "wz"
    cross_section: CrossSection
    segments: tuple[Segment, ...] = Field(min_length=1)


class Junction(Part):
    """How arms meet: the zinc-blende domain is large enough that they do not touch."""

    rule: Literal["collar"] = "collar"


class Dot(Part):
    """A sphere of one phase."""

    kind: Literal["dot"]
    phase: Literal["zb", "wz"] = "zb"
    material: str
    shape: Literal["sphere"] = "sphere"
    diameter: Length


class Stack(Part):
    """A rod: segments end to end along one ⟨111⟩/⟨0001⟩ axis, from base (000-1) to tip (0001)."""

    kind: Literal["stack"]
    phase: Literal["wz", "zb"] = "wz"
    cross_section: CrossSection
    segments: tuple[Segment, ...] = Field(min_length=1)
    core: RodCore | None = None


class BranchPoint(Part):
    """A zinc-blende domain with arms on its {111} facets."""

    kind: Literal["branch_point"]
    phase: Literal["zb"] = "zb"
    material: str
    core: Core | None = None
    junction: Junction = Junction()
    arms: tuple[Arm, ...] = Field(min_length=1, max_length=4)


class Shell(Part):
    """A layer grown over the whole of a dot."""

    material: str
    thickness: Length


class Surface(Part):
    """What ends the surface."""

    passivation: Literal["ideal"] = "ideal"


class Environment(Part):
    """Where the particle is."""

    solvent: str = "toluene"
    temperature: Annotated[float, BeforeValidator(lambda value: parse(value, "temperature", "temperature"))] = 300.0


class Design(Part):
    """One particle."""

    schema_: Literal["epidot-design/1"] = Field(alias="schema")
    name: str
    root: Annotated[Dot | Stack | BranchPoint, Field(discriminator="kind")]
    shells: tuple[Shell, ...] = ()
    surface: Surface = Surface()
    environment: Environment = Environment()
