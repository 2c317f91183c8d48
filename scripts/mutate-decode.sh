# shellcheck shell=bash disable=SC2034
# The decoder, what is asked of rows, the choice of handlers, models.
files=(cpu/decode/decode.c cpu/decode/query.c cpu/decode/models.c cpu/blocks/handlers.c)
mutations=(
    'comparison|s/ < / <= /;t;s/ >= / > /;t;s/ == / != /;t;s/ != / == /'
    'and, or|s/ && / || /;t;s/ \|\| / \&\& /'
    'sign|s/ \+ / - /;t;s/ - / + /'
    'constant|s/\b([1-9])\b/(\1+1)/'
    'assignment lost|s/^( *)\w[^(){}]* [|&+-]?= [^;{}]*;$/\1;/'
)
build=(test-rows zydis_compare)
check() {
    # shellcheck disable=SC2154 # set by scripts/mutate
    tests/test-rows "$tree"/tests/ops/vectors/*.cvec.gz && tests/zydis_compare
}
limit=120
