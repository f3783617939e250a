"""C++ libraries from .proto files, made by Debian's protoc.

    load("//proto:proto.bzl", "cv_proto_library")

    cv_proto_library(
        name = "token_service_cc",
        srcs = ["token_service.proto"],
        grpc = True,
        deps = ["//proto/cardvault/annotations/v1:sensitivity_cc"],
    )

Import paths start below proto/: `import "cardvault/v1/token_service.proto"` and
`#include "cardvault/v1/token_service.pb.h"` (`.grpc.pb.h` with grpc = True).
The types under google/protobuf/ need no dependency.
"""

_ROOT = "proto/"

CvProtoInfo = provider(
    doc = "The .proto files of a library and of all it depends on.",
    fields = {"sources": "depset of .proto files"},
)

def _protoc_impl(ctx):
    sources = depset(
        ctx.files.srcs,
        transitive = [dep[CvProtoInfo].sources for dep in ctx.attr.deps],
    )
    arguments = ctx.actions.args()
    arguments.add("--proto_path=" + _ROOT)
    arguments.add("--proto_path=/usr/include")

    headers = []
    bodies = []
    suffixes = [".pb"] + ([".grpc.pb"] if ctx.attr.grpc else [])
    for src in ctx.files.srcs:
        if not src.short_path.startswith(_ROOT):
            fail("%s does not stand below %s" % (src.short_path, _ROOT))
        stem = src.basename[:-len(".proto")]
        for suffix in suffixes:
            headers.append(ctx.actions.declare_file(stem + suffix + ".h"))
            bodies.append(ctx.actions.declare_file(stem + suffix + ".cc"))

    out = ctx.bin_dir.path + "/" + _ROOT
    arguments.add("--cpp_out=" + out)
    if ctx.attr.grpc:
        arguments.add("--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin")
        arguments.add("--grpc_out=" + out)
    arguments.add_all(ctx.files.srcs)

    ctx.actions.run(
        executable = "/usr/bin/protoc",
        arguments = [arguments],
        inputs = sources,
        outputs = headers + bodies,
        mnemonic = "CvProtoc",
        progress_message = "Generating C++ from %s" % ctx.label,
    )
    return [
        DefaultInfo(files = depset(headers + bodies)),
        OutputGroupInfo(headers = depset(headers), bodies = depset(bodies)),
        CvProtoInfo(sources = sources),
    ]

_protoc = rule(
    implementation = _protoc_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".proto"], mandatory = True),
        "deps": attr.label_list(providers = [CvProtoInfo]),
        "grpc": attr.bool(),
    },
)

def _descriptor_set_impl(ctx):
    sources = depset(transitive = [dep[CvProtoInfo].sources for dep in ctx.attr.deps])
    out = ctx.actions.declare_file(ctx.label.name + ".pb")
    arguments = ctx.actions.args()
    arguments.add("--proto_path=" + _ROOT)
    arguments.add("--proto_path=/usr/include")
    arguments.add("--include_imports")
    arguments.add("--include_source_info")
    arguments.add("--descriptor_set_out=" + out.path)
    arguments.add_all(sources)
    ctx.actions.run(
        executable = "/usr/bin/protoc",
        arguments = [arguments],
        inputs = sources,
        outputs = [out],
        mnemonic = "CvDescriptorSet",
    )
    return [DefaultInfo(files = depset([out]))]

_descriptor_set = rule(
    implementation = _descriptor_set_impl,
    attrs = {"deps": attr.label_list(providers = [CvProtoInfo])},
)

def _sources_label(dep):
    """The label of the rule that holds the sources of cv_proto_library `dep`."""
    if ":" in dep:
        return dep + "_protoc"
    return dep + ":" + dep.split("/")[-1] + "_protoc"

def cv_descriptor_set(name, deps, **kwargs):
    """One FileDescriptorSet, `<name>.pb`, of cv_proto_library targets and their imports."""
    _descriptor_set(
        name = name,
        deps = [_sources_label(dep) for dep in deps],
        **kwargs
    )

def cv_proto_library(name, srcs, deps = [], grpc = False, visibility = None, testonly = False):
    """A cc_library over the generated C++ of some .proto files.

    Args:
      name: name of the cc_library.
      srcs: .proto files of this package.
      deps: other cv_proto_library targets that the sources import.
      grpc: whether to generate service stubs too.
      visibility: as of any target.
      testonly: as of any target.
    """
    protoc = name + "_protoc"
    _protoc(
        name = protoc,
        srcs = srcs,
        grpc = grpc,
        deps = [_sources_label(dep) for dep in deps],
        testonly = testonly,
        visibility = visibility,
    )
    native.filegroup(
        name = name + "_headers",
        srcs = [protoc],
        output_group = "headers",
        testonly = testonly,
        visibility = ["//visibility:private"],
    )
    native.filegroup(
        name = name + "_bodies",
        srcs = [protoc],
        output_group = "bodies",
        testonly = testonly,
        visibility = ["//visibility:private"],
    )

    native.cc_library(
        name = name,
        hdrs = [name + "_headers"],
        srcs = [name + "_bodies"],
        # Generated: not ours to mend.
        copts = ["-w"],
        testonly = testonly,
        visibility = visibility,
        deps = deps + ["//proto:include_root", "//third_party:protobuf"] +
               (["//third_party:grpc"] if grpc else []),
    )
