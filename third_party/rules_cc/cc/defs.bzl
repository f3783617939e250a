"""The part of rules_cc that Bazel's own BUILD files load, over native rules.

Debian's bazel-rules-cc 0.0.4 does not load under Bazel 4.2.3.
"""

def cc_library(**kwargs):
    native.cc_library(**kwargs)

def cc_binary(**kwargs):
    native.cc_binary(**kwargs)

def cc_test(**kwargs):
    native.cc_test(**kwargs)

def cc_import(**kwargs):
    native.cc_import(**kwargs)

def cc_proto_library(**kwargs):
    native.cc_proto_library(**kwargs)

def cc_toolchain(**kwargs):
    native.cc_toolchain(**kwargs)

def cc_toolchain_suite(**kwargs):
    native.cc_toolchain_suite(**kwargs)

def cc_toolchain_alias(**kwargs):
    native.cc_toolchain_alias(**kwargs)

def objc_library(**kwargs):
    native.objc_library(**kwargs)

def _nothing(_ctx):
    return []

cc_flags_supplier = rule(implementation = _nothing)

compiler_flag = rule(implementation = _nothing)
