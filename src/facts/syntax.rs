//! A syntax tree laid out flat: its nodes in the order of the source, each knowing where the next
//! one beside it begins. The parser's own tree answers every question by a walk from somewhere and
//! knows kinds and fields as text that has to be measured; a tree that is asked many questions is
//! copied once instead, and the parser's is let go.

use super::tree::Span;
use tree_sitter::{Point, Range, TreeCursor};

/// A grammar, with its words looked up once.
pub struct Lexicon {
    /// As the parser takes it.
    pub(super) grammar: tree_sitter::Language,
    /// What each kind is called, and whether that is a name rather than its text.
    kinds: Vec<(Box<str>, bool)>,
    /// What each field is called; there is none of number 0.
    fields: Vec<Box<str>>,
}

impl Lexicon {
    /// Looks the words of a grammar up.
    pub fn new(grammar: tree_sitter::Language) -> Self {
        let known = |word: Option<&str>| Box::from(word.unwrap_or_default());
        let kinds = (0..grammar.node_kind_count())
            .map(number)
            .map(|id| {
                (
                    known(grammar.node_kind_for_id(id)),
                    grammar.node_kind_is_named(id),
                )
            })
            .collect();
        let fields = (0..=grammar.field_count())
            .map(|id| known(grammar.field_name_for_id(number(id))))
            .collect();
        Self {
            grammar,
            kinds,
            fields,
        }
    }

    /// How many kinds there are.
    pub(super) fn kind_count(&self) -> usize {
        self.kinds.len()
    }

    /// What a kind that has a name is called.
    pub(super) fn named_kind(&self, id: usize) -> Option<&str> {
        let (kind, is_named) = self.kinds.get(id)?;
        is_named.then_some(kind)
    }
}

fn number(id: usize) -> u16 {
    u16::try_from(id).unwrap_or(u16::MAX)
}

/// A syntax tree.
pub struct Syntax<'l> {
    lexicon: &'l Lexicon,
    nodes: Vec<Entry>,
}

/// A node as it is kept.
#[derive(PartialEq, Eq)]
struct Entry {
    kind: u16,
    /// The field of the node above that it is in; 0 where it is in none.
    field: u16,
    flags: u8,
    start: u32,
    end: u32,
    from: (u32, u32),
    to: (u32, u32),
    above: u32,
    /// Where the first node that is not inside of this one stands.
    next: u32,
}

const NAMED: u8 = 1;
const EXTRA: u8 = 2;
const ERROR: u8 = 4;
const MISSING: u8 = 8;
const HAS_ERROR: u8 = 16;

/// What may copy the inside of a node that was just added, and says whether it did.
type Inside<'f> = &'f mut dyn FnMut(tree_sitter::Node<'_>, &mut Vec<Entry>) -> bool;

impl<'l> Syntax<'l> {
    /// Copies a tree.
    pub(super) fn new(lexicon: &'l Lexicon, tree: &tree_sitter::Tree) -> Self {
        Self::copy(lexicon, tree, &mut |_, _| false)
    }

    /// Copies two trees of sources of these lengths, of which the second grew from the first. What
    /// they share is there once, and is known by where it is: of the second tree, only the rest is
    /// asked for.
    pub(super) fn both(
        lexicon: &'l Lexicon,
        [one, other]: [&tree_sitter::Tree; 2],
        [before, after]: [usize; 2],
    ) -> [Self; 2] {
        let mut ids = Vec::with_capacity(one.root_node().descendant_count());
        let first = Self::copy(lexicon, one, &mut |node, _| {
            ids.push(node.id());
            false
        });
        let second = Self::copy(lexicon, other, &mut |node, nodes| {
            // As far from the beginning as it was, or as far from the end.
            let start = node.start_byte();
            let places = [start, (start + before).wrapping_sub(after)];
            let mut found = places.into_iter().flat_map(|it| first.starting_at(it));
            let shared = found.find(|it| ids.get(*it) == Some(&node.id()));
            shared.is_some_and(|it| first.copy_inside(it, nodes))
        });
        [first, second]
    }

    fn copy(lexicon: &'l Lexicon, tree: &tree_sitter::Tree, inside: Inside<'_>) -> Self {
        let mut cursor = tree.walk();
        // Only in a tree that has errors is every node asked for them.
        let read = Read {
            lexicon,
            has_errors: tree.root_node().has_error(),
        };
        let mut nodes = Vec::with_capacity(tree.root_node().descendant_count());
        let mut open: Vec<u32> = Vec::new();
        'nodes: loop {
            let index = small(nodes.len());
            let above = open.last().copied().unwrap_or(index);
            nodes.push(read.entry(&cursor, index, above));
            if !inside(cursor.node(), &mut nodes) && cursor.goto_first_child() {
                open.push(index);
                continue;
            }
            while !cursor.goto_next_sibling() {
                let Some(above) = open.pop() else {
                    break 'nodes;
                };
                nodes[above as usize].next = small(nodes.len());
                cursor.goto_parent();
            }
        }
        Self { lexicon, nodes }
    }

    /// The nodes that start at a byte.
    fn starting_at(&self, byte: usize) -> impl Iterator<Item = usize> + use<> {
        let first = self.nodes.partition_point(|it| (it.start as usize) < byte);
        let rest = self.nodes[first..].iter();
        let count = rest.take_while(|it| it.start as usize == byte).count();
        first..first + count
    }

    /// Puts what is inside of a node behind the last one of `nodes`, which is the same node in
    /// another place. Whether anything is.
    fn copy_inside(&self, index: usize, nodes: &mut Vec<Entry>) -> bool {
        let Some(place) = nodes.len().checked_sub(1) else {
            return false;
        };
        let (old, new) = (&self.nodes[index], &nodes[place]);
        let moved = |from: u32, to: u32| to.wrapping_sub(from);
        let bytes = moved(old.start, new.start);
        let (row, rows) = (old.from.0, moved(old.from.0, new.from.0));
        let columns = moved(old.from.1, new.from.1);
        let nodes_between = moved(small(index), small(place));
        // Only what is on its first line moves sideways with it.
        let point = |at: (u32, u32)| match at.0 == row {
            true => (at.0.wrapping_add(rows), at.1.wrapping_add(columns)),
            false => (at.0.wrapping_add(rows), at.1),
        };
        let inside = &self.nodes[index + 1..old.next as usize];
        nodes.extend(inside.iter().map(|it| Entry {
            kind: it.kind,
            field: it.field,
            flags: it.flags,
            start: it.start.wrapping_add(bytes),
            end: it.end.wrapping_add(bytes),
            from: point(it.from),
            to: point(it.to),
            above: it.above.wrapping_add(nodes_between),
            next: it.next.wrapping_add(nodes_between),
        }));
        nodes[place].next = small(nodes.len());
        !inside.is_empty()
    }

    /// The node that all others are in.
    pub fn root(&self) -> Node<'_> {
        Node {
            syntax: self,
            index: 0,
        }
    }
}

/// Trees are the same where their nodes are.
impl PartialEq for Syntax<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.nodes == other.nodes
    }
}

/// How nodes are read.
struct Read<'l> {
    lexicon: &'l Lexicon,
    has_errors: bool,
}

impl Read<'_> {
    fn entry(&self, cursor: &TreeCursor<'_>, index: u32, above: u32) -> Entry {
        let node = cursor.node();
        let kind = node.kind_id();
        let known = self.lexicon.kinds.get(usize::from(kind));
        let flag = |is: bool, flag: u8| if is { flag } else { 0 };
        let mut flags = flag(known.is_none_or(|it| it.1), NAMED) | flag(node.is_extra(), EXTRA);
        if self.has_errors {
            flags |= flag(node.is_error(), ERROR)
                | flag(node.is_missing(), MISSING)
                | flag(node.has_error(), HAS_ERROR);
        }
        let point = |at: Point| (small(at.row), small(at.column));
        Entry {
            kind,
            field: cursor.field_id().map_or(0, u16::from),
            flags,
            start: small(node.start_byte()),
            end: small(node.end_byte()),
            from: point(node.start_position()),
            to: point(node.end_position()),
            above,
            next: index + 1,
        }
    }
}

fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A node of a syntax tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    syntax: &'t Syntax<'t>,
    index: u32,
}

/// Nodes are the same where they stand in the same place of the same tree.
impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.id() == other.id()
    }
}
impl Eq for Node<'_> {}

impl<'t> Node<'t> {
    fn entry(self) -> &'t Entry {
        &self.syntax.nodes[self.index as usize]
    }

    fn is(self, flag: u8) -> bool {
        self.entry().flags & flag != 0
    }

    /// Tells it from every other node of every tree that is there.
    pub fn id(self) -> usize {
        std::ptr::from_ref(self.entry()).addr()
    }

    /// What the grammar calls it.
    pub fn kind(self) -> &'t str {
        let kinds = &self.syntax.lexicon.kinds;
        let kind = kinds.get(usize::from(self.entry().kind));
        // What the parser could not read has a number of its own, far behind all others.
        kind.map_or("ERROR", |it| &it.0)
    }

    /// The number of its kind.
    pub fn kind_id(self) -> u16 {
        self.entry().kind
    }

    /// Whether the grammar has a name for it, rather than only its text.
    pub fn is_named(self) -> bool {
        self.is(NAMED)
    }

    /// Whether it may stand anywhere, as comments do.
    pub fn is_extra(self) -> bool {
        self.is(EXTRA)
    }

    /// Whether it is what the parser could not read.
    pub fn is_error(self) -> bool {
        self.is(ERROR)
    }

    /// Whether the parser put it where nothing stands.
    pub fn is_missing(self) -> bool {
        self.is(MISSING)
    }

    /// Whether something in it could not be read.
    pub fn has_error(self) -> bool {
        self.is(HAS_ERROR)
    }

    /// Its first byte.
    pub fn start_byte(self) -> usize {
        self.entry().start as usize
    }

    /// The byte after its last one.
    pub fn end_byte(self) -> usize {
        self.entry().end as usize
    }

    /// Its bytes.
    pub fn byte_range(self) -> std::ops::Range<usize> {
        self.start_byte()..self.end_byte()
    }

    /// Its bytes, as they are kept.
    pub fn span(self) -> Span {
        self.entry().start..self.entry().end
    }

    /// Its first line, from 1.
    pub fn line(self) -> u32 {
        self.entry().from.0.saturating_add(1)
    }

    /// Its last line, from 1.
    pub fn end_line(self) -> u32 {
        self.entry().to.0.saturating_add(1)
    }

    /// How many bytes of its first line stand before it.
    pub fn column(self) -> usize {
        self.entry().from.1 as usize
    }

    /// Where it stands, as the parser takes it, up to the end of another node.
    pub(super) fn range_to(self, last: Self) -> Range {
        let point = |(row, column): (u32, u32)| Point::new(row as usize, column as usize);
        Range {
            start_byte: self.start_byte(),
            end_byte: last.end_byte(),
            start_point: point(self.entry().from),
            end_point: point(last.entry().to),
        }
    }

    /// The node that it is in.
    pub fn parent(self) -> Option<Self> {
        (self.index > 0).then_some(Self {
            index: self.entry().above,
            ..self
        })
    }

    /// The nodes in it.
    pub fn children(self) -> Children<'t> {
        Children {
            syntax: self.syntax,
            next: self.index + 1,
            end: self.entry().next,
        }
    }

    /// The nodes in it that the grammar has names for.
    pub fn named_children(self) -> impl Iterator<Item = Self> + use<'t> {
        self.children().filter(|it| it.is_named())
    }

    /// One of the nodes in it.
    pub fn child(self, index: usize) -> Option<Self> {
        self.children().nth(index)
    }

    /// One of the nodes in it that the grammar has names for.
    pub fn named_child(self, index: usize) -> Option<Self> {
        self.named_children().nth(index)
    }

    /// How many nodes in it the grammar has names for.
    pub fn named_child_count(self) -> usize {
        self.named_children().count()
    }

    /// What it is to the node that it is in; empty where that has no word for it.
    pub fn field_name(self) -> &'t str {
        let fields = &self.syntax.lexicon.fields;
        let field = fields.get(usize::from(self.entry().field));
        field.map_or("", |it| it)
    }

    /// The first node in it that is this to it.
    pub fn field(self, name: &str) -> Option<Self> {
        self.children().find(|it| it.field_name() == name)
    }

    /// The nodes in it that are this to it.
    pub fn fields(self, name: &str) -> impl Iterator<Item = Self> {
        self.children().filter(move |it| it.field_name() == name)
    }
}

/// The nodes in a node.
pub struct Children<'t> {
    syntax: &'t Syntax<'t>,
    next: u32,
    end: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.next >= self.end {
            return None;
        }
        let node = Node {
            syntax: self.syntax,
            index: self.next,
        };
        self.next = node.entry().next;
        Some(node)
    }
}
