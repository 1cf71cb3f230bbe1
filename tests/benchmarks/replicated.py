"""An IFC file of any number of elements, as text: columns on storeys, all of one mapped shape."""

from collections.abc import Callable
from pathlib import Path

from ifcopenshell.guid import compress

_HEAD = """ISO-10303-21;
HEADER;
FILE_DESCRIPTION(('ViewDefinition [CoordinationView]'),'2;1');
FILE_NAME('replicated.ifc','2026-01-01T00:00:00',(''),(''),'','','');
FILE_SCHEMA(('IFC4'));
ENDSEC;
DATA;
#1=IFCCARTESIANPOINT((0.,0.,0.));
#2=IFCAXIS2PLACEMENT3D(#1,$,$);
#3=IFCLOCALPLACEMENT($,#2);
#4=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);
#5=IFCUNITASSIGNMENT((#4));
#6=IFCDIRECTION((0.,1.));
#7=IFCGEOMETRICREPRESENTATIONCONTEXT($,'Model',3,1.E-05,#2,#6);
#8=IFCPROJECT('{project}',$,'Replicated',$,$,$,$,(#7),#5);
#9=IFCPROJECTEDCRS('EPSG:4549',$,$,$,$,$,$);
#10=IFCMAPCONVERSION(#7,#9,648000.,3457000.,4.,1.,0.,1.);
#11=IFCSITE('{site}',$,'Site',$,$,#3,$,$,.ELEMENT.,$,$,$,$,$);
#12=IFCBUILDING('{building}',$,'Building',$,$,#3,$,$,.ELEMENT.,$,$,$);
#13=IFCRELAGGREGATES('{in_project}',$,$,$,#8,(#11));
#14=IFCRELAGGREGATES('{in_site}',$,$,$,#11,(#12));
#15=IFCRECTANGLEPROFILEDEF(.AREA.,$,$,0.4,0.4);
#16=IFCDIRECTION((0.,0.,1.));
#17=IFCEXTRUDEDAREASOLID(#15,#2,#16,3.);
#18=IFCSHAPEREPRESENTATION(#7,'Body','SweptSolid',(#17));
#19=IFCREPRESENTATIONMAP(#2,#18);
#20=IFCCARTESIANTRANSFORMATIONOPERATOR3D($,$,#1,$,$);
#21=IFCMAPPEDITEM(#19,#20);
#22=IFCSHAPEREPRESENTATION(#7,'Body','MappedRepresentation',(#21));
"""
_FIRST, _PER_STOREY, _ROW = 100, 2_000, 50


def write_replicated(path: Path, elements: int) -> Path:
    """Write a file with so many columns, two thousand on a storey."""
    names = ("project", "site", "building", "in_project", "in_site")
    head = _HEAD.format(**{name: _guid(number) for number, name in enumerate(names)})
    with path.open("w", encoding="ascii") as out:
        out.write(head)
        number, storeys = _FIRST, []
        for storey, first in enumerate(range(0, elements, _PER_STOREY)):
            count = min(_PER_STOREY, elements - first)
            storeys.append(number)
            number = _write_storey(out.write, number, storey, range(first, first + count))
        listed = ",".join(f"#{storey}" for storey in storeys)
        out.write(f"#{number}=IFCRELAGGREGATES('{_guid(number)}',$,$,$,#12,({listed}));\nENDSEC;\nEND-ISO-10303-21;\n")
    return path


def _write_storey(write: Callable[[str], object], number: int, storey: int, columns: range) -> int:
    floor = 3.0 * storey
    write(f"#{number}=IFCBUILDINGSTOREY('{_guid(number)}',$,'{storey + 1}',$,$,#3,$,$,.ELEMENT.,{floor});\n")
    parts, at = [], number + 1
    for column in columns:
        x, y = float(column % _ROW), float(column % _PER_STOREY // _ROW)
        write(
            f"#{at}=IFCCARTESIANPOINT(({x},{y},{floor}));\n#{at + 1}=IFCAXIS2PLACEMENT3D(#{at},$,$);\n"
            f"#{at + 2}=IFCLOCALPLACEMENT($,#{at + 1});\n#{at + 3}=IFCPRODUCTDEFINITIONSHAPE($,$,(#22));\n"
            f"#{at + 4}=IFCCOLUMN('{_guid(at + 4)}',$,'C{column}',$,$,#{at + 2},#{at + 3},$,.COLUMN.);\n"
        )
        parts.append(f"#{at + 4}")
        at += 5
    write(f"#{at}=IFCRELCONTAINEDINSPATIALSTRUCTURE('{_guid(at)}',$,$,$,({','.join(parts)}),#{number});\n")
    return at + 1


def _guid(number: int) -> str:
    return str(compress(f"{number:032x}"))
