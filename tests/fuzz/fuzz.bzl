"""A fuzz target, as a test of its corpus and as a libFuzzer program."""

def fuzz_target(name, deps, data = []):
    """Makes NAME_test, which `tools/test` runs, and NAME, which `tools/fuzz` builds and runs.

    The test shows the target every file of corpus/NAME, and some thousand mutations of each. The
    program is for clang alone.
    """
    corpus = native.glob(["corpus/" + name + "/**"])
    native.cc_test(
        name = name + "_test",
        size = "small",
        srcs = [name + ".cc"],
        args = ["tests/fuzz/corpus/" + name],
        data = corpus + data,
        tags = ["fuzz"],
        deps = deps + [":corpus_runner"],
    )
    native.cc_binary(
        name = name,
        testonly = True,
        srcs = [name + ".cc"],
        data = data,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = deps,
    )
