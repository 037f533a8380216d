//! What is wrong with labelled calls, in the reader's language. English texts are those of the errors themselves.

use crate::batch::in_one_line;
use crate::evaluation::{LabelFault, LabelledError};
use crate::report::language::Language;

impl Language {
    /// Why a file is no labelled call, in one line without a full stop.
    pub fn labelled_error(self, error: &LabelledError) -> String {
        if self == Self::English {
            return in_one_line(error);
        }
        match error {
            LabelledError::List { path, detail } => format!(
                "не удалось прочитать папку `{path}` ({detail}); нужна папка с размеченными звонками или файл"
            ),
            LabelledError::Shape { name, source } => {
                format!("`{name}` не размеченный звонок ({source}); образец в docs/evaluate.md")
            }
            LabelledError::Unlabelled { name } => {
                format!("в `{name}` нет ни `labels`, ни `call_type`: сравнивать не с чем")
            }
            LabelledError::Direction { name, direction } => {
                format!("направление `{name}`: `{direction}`; бывает in или out")
            }
        }
    }

    /// What is wrong with a part of a labelled call, in one line without a full stop.
    pub fn label_fault(self, fault: &LabelFault) -> String {
        if self == Self::English {
            return fault.to_string();
        }
        match fault {
            LabelFault::Value { criterion, value } => format!(
                "метка критерия `{criterion}`: `{value}`; бывает 0, 0.5, 1, \"na\" или \"unknown\"; не учтена"
            ),
            LabelFault::Criterion { criterion } => {
                format!("критерия `{criterion}` в книге правил нет; метка не учтена")
            }
            LabelFault::CallType { call_type } => {
                format!("типа звонка `{call_type}` в книге правил нет; тип и CQR не сравниваются")
            }
            LabelFault::Missing { criteria } => {
                format!("нет меток: {}; CQR не сравнивается", criteria.join(", "))
            }
        }
    }
}
