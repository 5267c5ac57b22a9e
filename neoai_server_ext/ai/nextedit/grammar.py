"""What nodes of the grammars mean: scopes, what binds names, members, calls, texts."""

from __future__ import annotations

from typing import Final

Field = tuple[str, str | None]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SCOPES: Final = _words("""
    module program source_file function_definition lambda class_definition list_comprehension
    set_comprehension dictionary_comprehension generator_expression function_declaration
    function_expression arrow_function method_definition generator_function
    generator_function_declaration class_declaration class abstract_class_declaration class_body
    statement_block for_statement for_in_statement catch_clause method_declaration func_literal
    block if_statement expression_switch_statement type_switch_statement select_statement
    constructor_declaration lambda_expression enhanced_for_statement interface_declaration
    interface_body enum_declaration enum_body record_declaration function_item closure_expression
    for_expression match_arm if_expression impl_item trait_item declaration_list method_signature
    function_signature function_type""")
PYTHON_SCOPES: Final = _words("""
    module function_definition lambda class_definition list_comprehension set_comprehension
    dictionary_comprehension generator_expression""")
"""Of Python alone: its blocks and statements make none."""
CLASSES: Final = _words("""
    class_definition class_declaration class abstract_class_declaration class_body impl_item
    trait_item interface_declaration interface_body enum_declaration enum_body record_declaration
    declaration_list""")
FUNCTIONS: Final = _words("""
    function_definition function_declaration function_expression arrow_function
    method_definition generator_function generator_function_declaration method_declaration
    func_literal constructor_declaration function_item method_signature function_signature
    function_signature_item abstract_method_signature method_elem""")
PATTERNS: Final = _words("""
    pattern_list tuple_pattern list_pattern tuple list expression_list list_splat_pattern
    dictionary_splat_pattern default_parameter typed_parameter typed_default_parameter
    object_pattern array_pattern pair_pattern rest_pattern assignment_pattern
    object_assignment_pattern dotted_name mut_pattern ref_pattern reference_pattern
    tuple_struct_pattern captured_pattern""")
NOT_THE_NAME: Final = frozenset({"value", "right", "type", "key"})
HERE: Final[frozenset[Field]] = frozenset(
    {
        ("assignment", "left"),
        ("augmented_assignment", "left"),
        ("named_expression", "name"),
        ("for_statement", "left"),
        ("for_in_clause", "left"),
        ("as_pattern_target", None),
        ("parameters", None),
        ("lambda_parameters", None),
        ("variable_declarator", "name"),
        ("formal_parameters", None),
        ("arrow_function", "parameter"),
        ("for_in_statement", "left"),
        ("catch_clause", "parameter"),
        ("required_parameter", "pattern"),
        ("optional_parameter", "pattern"),
        ("short_var_declaration", "left"),
        ("var_spec", "name"),
        ("const_spec", "name"),
        ("parameter_declaration", "name"),
        ("variadic_parameter_declaration", "name"),
        ("range_clause", "left"),
        ("type_spec", "name"),
        ("type_alias", "name"),
        ("formal_parameter", "name"),
        ("enhanced_for_statement", "name"),
        ("catch_formal_parameter", "name"),
        ("inferred_parameters", None),
        ("lambda_expression", "parameters"),
        ("resource", "name"),
        ("let_declaration", "pattern"),
        ("let_condition", "pattern"),
        ("parameter", "pattern"),
        ("closure_parameters", None),
        ("for_expression", "pattern"),
        ("match_pattern", None),
        ("const_item", "name"),
        ("static_item", "name"),
        ("struct_item", "name"),
        ("enum_item", "name"),
        ("type_item", "name"),
        ("mod_item", "name"),
        ("type_alias_declaration", "name"),
        ("variable_assignment", "name"),
    }
)
"""(parent, field) of names that the nearest scope binds."""
OUTSIDE: Final[frozenset[Field]] = frozenset(
    (kind, "name")
    for kind in sorted(
        _words("""
    function_definition class_definition function_declaration
    generator_function_declaration class_declaration abstract_class_declaration
    interface_declaration enum_declaration record_declaration function_item trait_item
    function_signature function_signature_item""")
    )
)
"""Of names that the scope around the parent binds."""
IMPORTS: Final[frozenset[Field]] = frozenset(
    {
        ("aliased_import", "alias"),
        ("import_from_statement", "name"),
        ("import_statement", "name"),
        ("import_specifier", "name"),
        ("import_specifier", "alias"),
        ("import_clause", None),
        ("namespace_import", None),
        ("import_spec", "name"),
        ("use_declaration", "argument"),
        ("use_list", None),
        ("use_as_clause", "alias"),
    }
)
MEMBERS: Final[frozenset[Field]] = frozenset(
    {
        ("attribute", "attribute"),
        ("member_expression", "property"),
        ("selector_expression", "field"),
        ("field_expression", "field"),
        ("field_access", "field"),
        ("qualified_type", "name"),
        ("scoped_identifier", "name"),
        ("scoped_type_identifier", "name"),
        ("field_initializer", "field"),
        ("keyed_element", "key"),
        ("pair", "key"),
        ("pair_pattern", "key"),
    }
)
MEMBER_DEFINITIONS: Final[frozenset[Field]] = frozenset(
    {
        ("method_definition", "name"),
        ("public_field_definition", "name"),
        ("field_definition", "property"),
        ("method_declaration", "name"),
        ("property_signature", "name"),
        ("method_signature", "name"),
        ("abstract_method_signature", "name"),
        ("field_declaration", "name"),
        ("method_elem", "name"),
        ("constructor_declaration", "name"),
        ("enum_assignment", "name"),
        ("enum_variant", "name"),
        ("enum_constant", "name"),
    }
)
CALLS: Final[frozenset[Field]] = frozenset(
    {
        ("call", "function"),
        ("call_expression", "function"),
        ("new_expression", "constructor"),
        ("method_invocation", "name"),
        ("object_creation_expression", "type"),
    }
)
COMMENTS: Final = frozenset({"comment", "line_comment", "block_comment"})
STRINGS: Final = _words("""
    string string_content string_fragment string_literal interpreted_string_literal
    interpreted_string_literal_content raw_string_literal raw_string_literal_content
    template_string raw_string heredoc_body word""")
