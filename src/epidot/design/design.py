"""The record of the design stage: what the particle is, never how it is computed.

A design is a tree, from the seed out. Every model refuses unknown keys and bare numbers where a
unit is needed. What one key alone must obey is checked here and in `epidot.design.quantities`; what
several keys must obey together is checked in `epidot.design.check`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from epidot.design.quantities import (
    Angle,
    Diameter,
    Direction,
    FieldStrength,
    Length,
    LigandName,
    Material,
    Metal,
    Share,
    Solvent,
    Stacking,
    Temperature,
    Thickness,
    Title,
    Width,
    whole_number,
)

SCHEMA: Final = "epidot-design/1"
"""Version of the format; the first key of every file."""
FLAT_TO_FLAT: Final = 0.9523
"""Flat-to-flat width of a hexagon over the diameter of the circle of equal area: (π/(2√3))^½."""

AXES: Final = ("x", "y", "z")

Phase = Literal["wz", "zb"]
Facet = Annotated[int | None, whole_number(0, 3)]
Solid = Literal[
    "sphere",
    "cube",
    "tetrahedron",
    "truncated_tetrahedron",
    "octahedron",
    "truncated_octahedron",
    "cuboctahedron",
    "hexagonal_prism",
    "hexagonal_bipyramid",
    "wulff",
]


class Part(BaseModel):
    """Abstract base: frozen, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Interface(Part):
    """How the composition changes from one piece to the next.

    ``erf``: as diffusion leaves it; `width` is where it goes from 16 % to 84 % (two standard
    deviations). ``linear``: a ramp of that width. The crystal itself stays coherent.
    """

    profile: Literal["erf", "linear"] = "erf"
    width: Width
    sublattice: Literal["anion", "cation", "both"] = "both"


class CrossSection(Part):
    """Cross-section of an arm or a rod.

    `measure` says what the diameter means: ``area``: of the circle of equal area; ``tem``: the mean width
    of the lying prism seen from the side; ``flats``: from flat to flat.
    """

    shape: Literal["hexagon", "circle"] = "hexagon"
    facets: Literal["{10-10}", "{11-20}"] = "{10-10}"
    measure: Literal["area", "tem", "flats"] = "area"
    diameter: Diameter


class Segment(Part):
    """A piece of an arm or a rod."""

    material: Material
    length: Length
    grade_to: Material | None = None
    """Composition at its outer end; linear in between. Default: the same all along."""
    diameter: Diameter | None = None
    """At its inner end; default: that of the cross-section."""
    taper_to: Diameter | None = None
    """At its outer end; default: the same all along."""
    phase: Phase | None = None
    """Default: the stacking of the arm or rod."""
    interface: Interface | None = None
    """With the piece before it; default: abrupt."""


class Pyramid(Part):
    """An end of {10-11} facets, within the length of the segments."""

    kind: Literal["pyramid"]


class Round(Part):
    """A rounded end (half an ellipsoid as long as it is wide), within the length of the segments."""

    kind: Literal["round"]


class MetalTip(Part):
    """A cluster of an fcc metal on the end, (111) on (0001)."""

    kind: Literal["metal"]
    element: Metal
    diameter: Diameter


class Junction(Part):
    """How arms meet.

    ``collar``: the zinc-blende domain is made large enough that they do not touch. ``fixed``: its
    ``height`` from the centre to the foot of each arm is given, and arms that would collide are refused.
    """

    rule: Literal["collar", "fixed"] = "collar"
    height: Length | None = None


class Arm(Part):
    """A rod that grows from one {111} facet of a zinc-blende branch point."""

    facet: Facet = None
    """Which of the {111} facets of its polarity; default: the next free one."""
    polarity: Literal["A", "B"] = "A"
    """A: on cation-terminated facets, (0001) outwards; B: on anion-terminated ones, (000-1) outwards."""
    phase: Phase = "wz"
    stacking: Stacking | None = None
    """Instead of `phase`: any polytype."""
    cross_section: CrossSection
    segments: tuple[Segment, ...] = Field(min_length=1)
    tip: Tip | None = None
    """What its end carries; default: a flat end."""


class Node(Part):
    """A zinc-blende branch point on the end of an arm or rod."""

    kind: Literal["branch_point"]
    phase: Literal["zb"] = "zb"
    material: Material
    orientation: Literal["opposite", "same"] = "opposite"
    """``opposite``: three facets at 70.53° to the parent's direction; ``same``: one straight on and three
    that point backwards (109.47°)."""
    variant: Annotated[int, whole_number(0, 1)] = 0
    """0: its stacking runs like that of the root's domain; 1: twinned, branches turned by 60°."""
    junction: Junction = Junction()
    arms: tuple[Arm, ...] = Field(min_length=1, max_length=4)
    repeat: Annotated[int, whole_number(1, 4)] = 1
    """How many copies of the one arm; only with one arm."""


Tip = Annotated[Node | MetalTip | Pyramid | Round, Field(discriminator="kind")]
Arm.model_rebuild()


class Core(Part):
    """The seed, of another material, inside a dot or a branch point."""

    material: Material
    shape: Solid = "sphere"
    diameter: Diameter
    interface: Interface | None = None


class RodCore(Part):
    """A seed inside a rod: a sphere (dot-in-rod) or a rod (rod-in-rod)."""

    material: Material
    shape: Literal["sphere", "rod"] = "sphere"
    diameter: Diameter
    length: Length | None = None
    """Of a rod-shaped core."""
    position: Length | None = None
    """Distance of its centre from the base; default: a third of the rod."""
    interface: Interface | None = None


class Bulb(Part):
    """A thicker place of a rod, as around the seed of a dot-in-rod."""

    diameter: Diameter
    length: Length
    position: Length | None = None
    """Of its middle, from the base; default: that of the core, else a third of the rod."""


class Dot(Part):
    """A sphere or polyhedron of one phase.

    The diameter is what TEM shows: that of the circle with the projected area, averaged over
    directions.
    """

    kind: Literal["dot"]
    phase: Phase = "zb"
    material: Material
    shape: Solid = "sphere"
    diameter: Diameter
    height: Length | None = None
    """Of a hexagonal prism; default: as high as wide. The diameter is then that of its base."""
    facets: dict[str, float] | None = None
    """Surface energies of a ``wulff`` shape, in any one unit, e.g. ``{"(111)": 0.3, "(-1-1-1)": 0.4}``."""
    core: Core | None = None


class Stack(Part):
    """A rod: segments end to end along one ⟨111⟩/⟨0001⟩ axis, from base to tip."""

    kind: Literal["stack"]
    polarity: Literal["A", "B"] = "A"
    """A: the tip is (0001), the base (000-1); B: the other way round."""
    phase: Phase = "wz"
    stacking: Stacking | None = None
    cross_section: CrossSection
    segments: tuple[Segment, ...] = Field(min_length=1)
    core: RodCore | None = None
    bulb: Bulb | None = None
    tip: Tip | None = None
    base: Tip | None = None


class BranchPoint(Part):
    """A zinc-blende domain with arms on its {111} facets."""

    kind: Literal["branch_point"]
    phase: Literal["zb"] = "zb"
    material: Material
    """Composition of the zinc-blende domain outside the core."""
    core: Core | None = None
    junction: Junction = Junction()
    arms: tuple[Arm, ...] = Field(min_length=1, max_length=8)


class Crown(Part):
    """A ring of another material around the sides of a platelet."""

    material: Material
    width: Length


class Platelet(Part):
    """A zinc-blende platelet with {100} faces, both ending in cations."""

    kind: Literal["platelet"]
    material: Material
    monolayers: Annotated[int, whole_number(1, 40)]
    """Of anions; there is one layer of cations more."""
    length: Length
    width: Length
    crown: Crown | None = None


class Shell(Part):
    """A layer grown over the whole particle; it continues the crystal."""

    material: Material
    thickness: Thickness
    axial: Length | None = None
    """Thickness along the axis, on the ends; default: `thickness`."""
    over: Literal["all", "sides", "ends"] = "all"
    interface: Interface | None = None


class Monomer(Part):
    """One of the two dots of a dimer, with its own core and shells."""

    material: Material
    shape: Solid = "sphere"
    diameter: Diameter
    height: Length | None = None
    core: Core | None = None
    shells: tuple[Shell, ...] = ()


class Neck(Part):
    """What joins two dots: a cylinder about the line between their centres."""

    diameter: Diameter
    material: Material | None = None
    """Default: that of the outermost shell of the first dot."""
    gap: Length | None = None
    """Between the surfaces of the dots; default: they touch."""


class Dimer(Part):
    """Two dots fused through a neck."""

    kind: Literal["dimer"]
    phase: Phase = "wz"
    dots: tuple[Monomer, ...] = Field(min_length=2, max_length=2)
    attach: Literal["(0001)", "{10-10}", "{11-20}", "{111}", "{100}"] = "{10-10}"
    """The facets with which they were joined: the centres lie along its normal."""
    neck: Neck
    twist: Angle = 0.0
    """Rotation of the second dot about the line between the centres."""
    tilt: Angle = 0.0
    """Rotation of the second dot about an axis across that line."""


class Imported(Part):
    """Atoms from a file that another program wrote."""

    kind: Literal["imported"]
    file: str
    sha256: str | None = None
    """Of the file's bytes; filled in when the design is read, and compared when it is given."""


class Disorder(Part):
    """Standard deviations of arms against their nominal size, drawn for each arm from the seed."""

    arm_length: Width | None = None
    arm_diameter: Width | None = None


class Defect(Part):
    """A stacking fault, twin, insertion or vacancies.

    In wurtzite: ``I1``, ``I2`` (intrinsic), ``E`` (extrinsic); in zinc blende: ``twin``, ``ISF``, ``ESF``.
    ``insertion``: `layers` bilayers of the other phase. Each at a bilayer of a limb, or at random with a
    mean `spacing`. ``vacancy``: a `fraction` of the sites of a `species` inside.
    """

    type: Literal["I1", "I2", "E", "twin", "ISF", "ESF", "insertion", "vacancy"]
    limb: str = "all"
    """``arm1``, ``arm1.arm2``, ``rod``, ``tip.arm1`` …, or ``all``."""
    layer: Annotated[int | None, whole_number(1, 2000)] = None
    """Bilayer, counted from the foot of the limb."""
    spacing: Length | None = None
    layers: Annotated[int | None, whole_number(1, 400)] = None
    species: Literal["cation", "anion"] | None = None
    fraction: Share | None = None


class Roughness(Part):
    """Random loss of material from the surface."""

    depth: Width
    """Root mean square of what is lost."""
    correlation: Width
    """Length over which it varies."""


class Ligands(Part):
    """Organic molecules on the surface."""

    name: LigandName
    coverage: Share = 1.0
    """Share of the sites that they can take."""


class Surface(Part):
    """What ends the surface."""

    passivation: Literal["ideal"] = "ideal"
    fewest_bonds: Annotated[int, whole_number(2, 3)] = 2
    """2: atoms with a single bond are removed; 3: before that, once, those with two."""
    termination: Literal["natural", "cation", "anion"] = "natural"
    """Which species ends the surface; of the other, atoms with two bonds are removed."""
    cation_per_anion: Annotated[float | None, Field(ge=0.5, le=2.0)] = None
    """Off-stoichiometry: surface atoms are removed until the ratio is reached."""
    roughness: Roughness | None = None
    ligands: tuple[Ligands, ...] = ()


class AppliedField(Part):
    """A uniform electric field, as it is in the solvent far away from the particle."""

    strength: FieldStrength
    """Negative turns it round."""
    along: Direction
    """``x``, ``y``, ``z``, a limb (``rod``, ``arm1`` …, foot to end) or a direction such as [1, 1, 0]."""


class Environment(Part):
    """Where the particle is."""

    solvent: Solvent = "toluene"
    temperature: Temperature = 300.0
    field: AppliedField | None = None
    """Default: none."""


Root = Annotated[
    Dot | Stack | BranchPoint | Platelet | Dimer | Imported,
    Field(discriminator="kind"),
]


class Design(Part):
    """One particle."""

    schema_: Literal["epidot-design/1"] = Field(alias="schema")
    name: Title
    seed: Annotated[int, whole_number(0, 2**31 - 1)] = 0
    """Of everything random: alloys, disorder, faults, roughness, vacancies, ligands."""
    root: Root
    shells: tuple[Shell, ...] = ()
    disorder: Disorder = Disorder()
    defects: tuple[Defect, ...] = ()
    surface: Surface = Surface()
    environment: Environment = Environment()
