"""The part of a README that is made from a module's code."""

from __future__ import annotations

from infragate.adapters.terraform import hcl
from infragate.domain.modules import module_interface, module_page
from infragate.domain.modules.module_page import BEGIN, END

CODE = """
variable "size" {
  description = "Small | large."
  type        = string
  default     = "small"
}

variable "rule" {
  description = "A rule."
  type = object({
    port = number
    name = optional(string, "x")
  })
}

output "id" {
  description = "Its id."
  value       = 1
}

terraform {
  required_version = ">= 1.11"
}
"""
INTERFACE = module_interface.read([hcl.parse(CODE.encode(), name="main.tf")])
PAGE = f"# topic\n\n{BEGIN}\nold\n{END}\n\nend\n"


def test_inputs_are_listed_required_ones_first() -> None:
    page = module_page.render(PAGE, INTERFACE) or ""
    assert page.index("`rule`") < page.index("`size`")
    assert '| `size` | Small \\| large. | `string` | `"small"` |' in page
    assert '| `rule` | A rule. | `object({ port = number, name = optional(string, "x") })` | **required** |' in page


def test_outputs_and_needs_are_listed() -> None:
    page = module_page.render(PAGE, INTERFACE) or ""
    assert "| `id` | Its id. |" in page
    assert "terraform `>= 1.11`" in page


def test_what_people_wrote_stays() -> None:
    page = module_page.render(PAGE, INTERFACE) or ""
    assert page.startswith("# topic\n\n")
    assert page.endswith("\n\nend\n")
    assert "\nold\n" not in page


def test_a_second_time_changes_nothing() -> None:
    page = module_page.render(PAGE, INTERFACE) or ""
    assert module_page.render(page, INTERFACE) == page


def test_a_page_without_a_place_or_with_two_is_not_made() -> None:
    assert module_page.render("# topic\n", INTERFACE) is None
    assert module_page.render(PAGE + PAGE, INTERFACE) is None
